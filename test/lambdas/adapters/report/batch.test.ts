import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import {
  memoryReports,
  ReportedError,
  reportErrors,
  reportedRecords,
} from '../../../../lambdas/adapters/report/library.ts';

const RESIZE = { dependency: 'resize', id: 'image-1', operation: { body: { image: 1 } } };
const THROTTLED = Object.assign(new Error('slow down'), { name: 'TooManyRequestsException' });
const PERMANENT = Object.assign(new Error('no'), { statusCode: 400 });
const CONTEXT = { getRemainingTimeInMillis: () => 60_000 } as Context;

describe('the middleware, in middy', () => {
  const failing = async () => {
    throw THROTTLED;
  };

  it('reports what the handler throws, and lets it fail with the report', async () => {
    const reports = memoryReports({ resize: { kind: 'lambda' } });
    const handler = middy(failing).use(
      reportErrors((event: { image: number }) => ({ ...RESIZE, id: `image-${event.image}` }), { reports }),
    );
    await expect(handler({ image: 7 }, CONTEXT)).rejects.toMatchObject({
      name: 'ReportedError',
      id: 'image-7',
      cause: THROTTLED,
    });
    expect(reports.sent).toMatchObject([{ id: 'image-7', error: { name: 'TooManyRequestsException' } }]);
  });

  it('lets another middleware answer 202', async () => {
    const handler = middy(failing)
      .use({
        onError: (request) => {
          if (request.error instanceof ReportedError) return { statusCode: 202, body: request.error.id };
        },
      })
      // The last middleware hears of an error first.
      .use(reportErrors(() => RESIZE, { reports: memoryReports({ resize: { kind: 'lambda' } }) }));
    expect(await handler({}, CONTEXT)).toEqual({ statusCode: 202, body: 'image-1' });
  });

  it('reports nothing a second time', async () => {
    const reports = memoryReports({ resize: { kind: 'lambda' } });
    const middleware = reportErrors(() => RESIZE, { reports });
    await expect(middy(failing).use([middleware, middleware])({}, CONTEXT)).rejects.toBeInstanceOf(ReportedError);
    expect(reports.sent).toHaveLength(1);
  });

  it('leaves what Backstop shall not have', async () => {
    const reports = memoryReports();
    const handler = middy(failing).use(reportErrors(() => undefined, { reports }));
    await expect(handler({}, CONTEXT)).rejects.toBe(THROTTLED);
    expect(reports.sent).toEqual([]);
  });

  it('fails with the failed report, so that the caller tries again', async () => {
    const reports = { ...memoryReports({ resize: { kind: 'lambda' } }), send: () => Promise.reject(new Error('no')) };
    const handler = middy(failing).use(reportErrors(() => RESIZE, { reports }));
    await expect(handler({}, CONTEXT)).rejects.toMatchObject({ name: 'NotReportedError', id: 'image-1' });
  });
});

const record = (messageId: string, receives: number, body = '{}') =>
  ({
    messageId,
    body,
    eventSource: 'aws:sqs',
    attributes: { ApproximateReceiveCount: String(receives) },
  }) as SQSRecord;

/** Runs a batch by the utility of Powertools. @param errors by message id */
async function batch(errors: Readonly<Record<string, unknown>>, records: readonly SQSRecord[], fault?: Error) {
  const kept = memoryReports({ orders: { kind: 'queue' } });
  const reports = fault ? { ...kept, send: () => Promise.reject(fault) } : kept;
  const processor = new BatchProcessor(EventType.SQS);
  const handle = reportedRecords(
    async ({ messageId }: SQSRecord) => {
      if (messageId in errors) throw errors[messageId];
      return 'done';
    },
    ({ messageId, body }) => ({ dependency: 'orders', id: messageId, operation: { body } }),
    { reports, lastReceive: 3 },
  );
  const options = { context: CONTEXT, throwOnFullBatchFailure: false };
  const answer = await processPartialResponse({ Records: [...records] }, handle, processor, options);
  return { sent: kept.sent, back: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
}

describe('a record of a batch, in the utility of Powertools', () => {
  it.each([
    ['that succeeds', undefined, 1, 0, []],
    ['that fails for good is reported, and leaves the batch', PERMANENT, 1, 1, []],
    ['that is received for the last time is reported, and leaves the batch', THROTTLED, 3, 1, []],
    ['that is reported already leaves the batch', new ReportedError('a', true, undefined), 1, 0, []],
    ['that may succeed later returns to its queue', THROTTLED, 2, 0, ['m-1']],
  ])('%s', async (_, error, receives, sent, back) => {
    const ended = await batch(error ? { 'm-1': error } : {}, [record('m-1', receives)]);
    expect([ended.sent.length, ended.back]).toEqual([sent, back]);
  });

  it('is reported with its reason, while the others of its batch go their own ways', async () => {
    const errors = { bad: PERMANENT, late: THROTTLED, soon: THROTTLED };
    const records = [record('good', 1), record('bad', 1, '{"n":1}'), record('late', 3), record('soon', 1)];
    const { sent, back } = await batch(errors, records);
    expect(back).toEqual(['soon']);
    // The records of a batch run at once.
    expect(sent.toSorted((one, other) => String(one.id).localeCompare(String(other.id)))).toMatchObject([
      { id: 'bad', error: { message: 'no', statusCode: 400 }, operation: { body: '{"n":1}' } },
      { id: 'late', error: { name: 'TooManyRequestsException' } },
    ]);
  });

  it('returns to its queue if its report fails', async () => {
    const { back } = await batch({ 'm-1': PERMANENT }, [record('m-1', 1)], new Error('no bus'));
    expect(back).toEqual(['m-1']);
  });
});
