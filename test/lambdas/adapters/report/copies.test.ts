import { describe, expect, it } from 'vitest';
import {
  memoryReports,
  ReportedError,
  reportErrors,
  reportedRecords,
  reportFailure,
} from '../../../../lambdas/adapters/report/library.ts';
import { position } from '../../../../lambdas/adapters/report/saga-position.ts';

const FAILED = { dependency: 'payments', id: 'order-1', operation: { path: '/orders', body: {} } };

/** A module once more, as if a second bundle or the CommonJS build had brought it. */
const copyOf = (path: string) => import(/* @vite-ignore */ `../../../../lambdas/${path}?copy`);
const { ReportedError: OfCopy } = await copyOf('contract/report-errors.ts');
const known = new ReportedError('order-1-charge', true, undefined);
const ofCopy = new OfCopy('order-1-charge', true, undefined);

const again: readonly (readonly [string, unknown])[] = [
  ['itself', known],
  ['of another copy of the package', ofCopy],
  ['as a cause', new Error('the order failed', { cause: known })],
  ['of another copy, as the cause of a cause', new Error('a', { cause: new Error('b', { cause: ofCopy }) })],
  ['in all parts', new AggregateError([known, new Error('c', { cause: ofCopy })])],
];

describe('an error that Backstop has', () => {
  it.each(again)('is reported once: %s', async (_, error) => {
    const reports = memoryReports();
    const request: { event: object; error: Error | null } = { event: {}, error: error as Error };
    await reportErrors(() => FAILED, { reports }).onError(request);
    const handle = reportedRecords(
      () => Promise.reject(error),
      () => FAILED,
      { reports, lastReceive: 1 },
    );
    expect(await reportFailure(error, FAILED, { reports })).toMatchObject({ id: 'order-1-charge' });
    expect(request.error).toBeInstanceOf(ReportedError);
    expect(await handle({})).toBeUndefined();
    expect(reports.sent).toEqual([]);
  });

  const others: readonly (readonly [string, unknown])[] = [
    ['a part that Backstop has not', new AggregateError([known, new Error('c')])],
    ['more parts than are read', new AggregateError(Array.from({ length: 11 }, () => known))],
    ['nothing else', new AggregateError([])],
    [
      'a cause that is itself',
      Object.assign(new Error('a'), {
        get cause() {
          return this;
        },
      }),
    ],
    [
      'a field that throws',
      Object.defineProperty(new Error('a'), 'cause', {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
    ['the same name', Object.assign(new Error('a'), { name: 'ReportedError', id: 'a', willRetry: true })],
  ];
  it.each(others)('is another one, with %s', async (_, error) => {
    const reports = memoryReports();
    expect(await reportFailure(error, FAILED, { reports })).toMatchObject({ id: 'order-1' });
    expect(reports.sent).toHaveLength(1);
  });

  it('is an instance of the class of each copy, but not of a class that extends it', () => {
    class Own extends ReportedError {}
    expect([ofCopy instanceof ReportedError, known instanceof OfCopy, known instanceof Own]).toEqual([
      true,
      true,
      false,
    ]);
    expect(new Own('a', true, undefined)).toBeInstanceOf(Own);
    expect(Object.keys(known)).toEqual(expect.not.arrayContaining([expect.any(Symbol)]));
  });
});

it('contains the calls of another copy in a saga', async () => {
  const copy = await copyOf('adapters/report/saga-position.ts');
  expect(copy.position).toBe(position);
});
