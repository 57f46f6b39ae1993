import { reportedIn } from '../../domain/report/reported-in.ts';
import { type FailedCall, reportFailure } from './report-failure.ts';
import type { ReportSource } from './report-source.ts';

/** The failed call of an event or a record. Undefined if Backstop shall not have it. */
type FailedCallOf<Input> = (input: Input) => FailedCall | undefined;

interface Options {
  /** @default - to the pipeline that `pipeline.reportsFrom` connected the function with */
  readonly reports?: ReportSource;
}

/** The part of middy's request that the middleware uses. */
interface MiddyRequest<Event> {
  readonly event: Event;
  error: Error | null;
}

/**
 * A middleware for middy: reports what the handler throws. The handler then fails with a {@link ReportedError}, which
 * another middleware may turn into a 202.
 *
 * @param failedCallOf the call that failed, by the handler's event
 * @example
 * const middleware = reportErrors((event: { image: string }) => ({
 *   dependency: 'resize',
 *   id: `resize-${event.image}`,
 *   operation: { body: event },
 * }));
 */
export function reportErrors<Event>(
  failedCallOf: FailedCallOf<Event>,
  { reports }: Options = {},
): { readonly onError: (request: MiddyRequest<Event>) => Promise<void> } {
  return {
    async onError(request) {
      const { event, error } = request;
      const known = reportedIn(error);
      const failed = known ? undefined : failedCallOf(event);
      if (known) request.error = known;
      if (failed) request.error = await reportFailure(error, failed, { reports });
    },
  };
}

/** The part of an SQS record that tells how often it was received. */
interface ReceivedRecord {
  readonly attributes?: { readonly ApproximateReceiveCount?: string };
}

/**
 * Wraps the record handler of a batch, such as that of Powertools' `processPartialResponse`. A record that fails for
 * good is reported, and leaves the batch. Others fail as before, and return to their queue.
 *
 * A record fails for good if its error is permanent, or at its last receive.
 *
 * @param handle processes a record
 * @param failedCallOf the call that failed, by record
 * @param options `lastReceive`: receives after which the queue would drop the record, its `maxReceiveCount`. @default 3
 * @example
 * const handleRecord = reportedRecords(
 *   async (record: { messageId: string; body: string }) => console.log(JSON.parse(record.body)),
 *   ({ messageId, body }) => ({ dependency: 'orders', id: messageId, operation: { path: '/orders', body } }),
 *   { lastReceive: 5 },
 * );
 */
export function reportedRecords<Input extends object, Result>(
  handle: (record: Input) => Promise<Result>,
  failedCallOf: FailedCallOf<Input>,
  { reports, lastReceive = 3 }: Options & { readonly lastReceive?: number } = {},
): (record: Input) => Promise<Result | undefined> {
  return async (record) => {
    try {
      return await handle(record);
    } catch (error) {
      // Backstop has it, so the record must not come back.
      if (reportedIn(error)) return undefined;
      const failed = failedCallOf(record);
      if (!failed || !(await failsForGood(error, record, lastReceive))) throw error;
      await reportFailure(error, failed, { reports });
      return undefined;
    }
  };
}

async function failsForGood(error: unknown, record: ReceivedRecord, lastReceive: number): Promise<boolean> {
  const receives = Number(record.attributes?.ApproximateReceiveCount ?? 1);
  if (receives >= lastReceive) return true;
  const { classify } = await import('../../domain/classification/classify.ts');
  // The queue has tried it, so an error that no rule explains is not permanent before the last receive.
  const { kind } = classify(error, { rules: [], refreshable: false, attempts: 0, now: Date.now() });
  return kind === 'permanent';
}
