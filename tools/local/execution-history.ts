import type { ExecutionRecord, ExecutionStep } from './execution.ts';
import { AwsError } from './protocol.ts';

export interface HistoryRequest {
  readonly executionArn: string;
  readonly reverseOrder?: boolean;
  readonly maxResults?: number;
  readonly nextToken?: string;
  readonly includeExecutionData?: boolean;
}

/** A history event in the format of the API. */
interface HistoryEvent {
  readonly type: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly [details: string]: unknown;
}

/** Returns one page of the history: the start, each state's entry and exit, including branches, and the end. */
export function historyPage(execution: ExecutionRecord, request: HistoryRequest): object {
  const { reverseOrder = false, maxResults = 100, nextToken = '0', includeExecutionData = true } = request;
  const from = Number(nextToken);
  if (!Number.isInteger(from)) throw new AwsError('InvalidToken', `Invalid Token: '${nextToken}'`);
  const numbered = eventsOf(execution, includeExecutionData).map((event, index) => ({
    id: index + 1,
    // The embedded cloud ignores branches: the previous event is the previous one in time.
    previousEventId: index,
    ...event,
  }));
  if (reverseOrder) numbered.reverse();
  const size = maxResults === 0 ? 100 : maxResults;
  const events = numbered.slice(from, from + size);
  return { events, nextToken: from + size < numbered.length ? String(from + size) : undefined };
}

function eventsOf(execution: ExecutionRecord, withData: boolean): HistoryEvent[] {
  const { status, startDate, stopDate, input, output, error, cause } = execution;
  const data = (name: string, text: string) => withData && { [name]: text, [`${name}Details`]: { truncated: false } };
  const end = END_DETAILS[status];
  return [
    {
      type: 'ExecutionStarted',
      timestamp: seconds(startDate),
      executionStartedEventDetails: { ...data('input', input) },
    },
    ...execution.steps.flatMap((step) => stepEvent(step, data) ?? []),
    ...(end === undefined
      ? []
      : [
          {
            type: end.type,
            timestamp: seconds(stopDate ?? new Date()),
            [end.details]: status === 'SUCCEEDED' ? data('output', output ?? '') : { error, cause },
          },
        ]),
  ];
}

/** Omits retries and caught errors. The API has event types for them, but no caller needs those. */
function stepEvent(
  { type, state: name, stateType, at, input, output }: ExecutionStep,
  data: (name: string, text: string) => object | false,
): HistoryEvent | undefined {
  const timestamp = seconds(at);
  switch (type) {
    case 'StateEntered':
      return {
        type: `${stateType}StateEntered`,
        timestamp,
        stateEnteredEventDetails: { name, ...data('input', JSON.stringify(input)) },
      };
    case 'StateExited':
      return {
        type: `${stateType}StateExited`,
        timestamp,
        stateExitedEventDetails: { name, ...data('output', JSON.stringify(output)) },
      };
    default:
      return undefined;
  }
}

const END_DETAILS: Readonly<Partial<Record<ExecutionRecord['status'], Readonly<Record<'type' | 'details', string>>>>> =
  {
    SUCCEEDED: { type: 'ExecutionSucceeded', details: 'executionSucceededEventDetails' },
    FAILED: { type: 'ExecutionFailed', details: 'executionFailedEventDetails' },
    TIMED_OUT: { type: 'ExecutionTimedOut', details: 'executionTimedOutEventDetails' },
    ABORTED: { type: 'ExecutionAborted', details: 'executionAbortedEventDetails' },
  };

function seconds(date: Date): number {
  return date.getTime() / 1000;
}
