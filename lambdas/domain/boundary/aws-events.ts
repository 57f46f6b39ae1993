import * as v from 'valibot';
import { EXECUTION_CHANGED, FAILED_STATUSES, INVOCATION_FAILED } from '../../contract/aws-events.ts';
import type { FailureName } from '../../contract/failure-key.ts';
import type { JsonText } from '../../contract/json-text.ts';
import type { DependencyKind } from '../../contract/settings.ts';
import { iso } from '../../contract/time.ts';
import { digest } from '../digest.ts';
import { executionPath, failureOfReplacement } from './execution-path.ts';

/** A failed execution, with its redrive count at that time. */
export interface FailedExecution {
  readonly name: string;
  readonly redrives: number;
  /** Failures of the same dependency that may own the execution, the most likely first. */
  readonly owners: readonly FailureOwner[];
}

/** A failure of the dependency that the event is about. */
type FailureOwner = Pick<FailureName, 'tenant' | 'id'>;

/** A failure event of AWS in Backstop's event format, not validated yet. */
interface AdaptedEvent {
  readonly detail: Readonly<Record<string, unknown>>;
  readonly run?: FailedExecution;
}

/** Limit of owner ids for an execution that others have redriven many times. */
const MAX_OWNERS = 25;

/** Lambda tries an asynchronous invocation three times by default, and SNS a delivery more often. */
export const SEVERAL_TRIES = 3;

/** 9999-12-31T23:59:59.999Z, the latest time that RFC 3339 can express. */
const LATEST = 253_402_300_799_999;
const optionalText = v.optional(v.nullable(v.string()));

const ExecutionChanged = v.object({
  'detail-type': v.literal(EXECUTION_CHANGED),
  time: v.string(),
  detail: v.object({
    executionArn: v.string(),
    // Reject names that can't stand in a URL path, and numbers that are no valid time.
    name: v.pipe(
      v.string(),
      v.check((name) => name.isWellFormed()),
    ),
    status: v.picklist(FAILED_STATUSES),
    stopDate: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(LATEST)))),
    error: optionalText,
    cause: optionalText,
    redriveCount: v.optional(v.nullable(v.number()), 0),
  }),
});

const InvocationFailed = v.object({
  'detail-type': v.literal(INVOCATION_FAILED),
  detail: v.object({
    timestamp: v.string(),
    requestContext: v.object({
      requestId: v.string(),
      condition: v.fallback(v.optional(v.string()), undefined),
      approximateInvokeCount: v.fallback(v.optional(v.number()), undefined),
    }),
    // Lifted as text before the message was parsed.
    requestPayload: v.optional(v.custom<JsonText>((payload) => typeof payload === 'string')),
    responsePayload: v.optional(v.unknown()),
  }),
});

/** Runtimes write null where a function throws without a message. One odd field must not hide the other. */
const word = v.fallback(v.optional(v.string()), undefined);
const Thrown = v.object({ errorType: word, errorMessage: word });

/**
 * Converts a failure event of Step Functions or Lambda, for a lane of the given dependency and kind. The result goes
 * through the same validation as any other report.
 *
 * @returns undefined if the message is another event
 */
export function adaptAwsEvent(message: unknown, dependency: string, kind: DependencyKind): AdaptedEvent | undefined {
  if (kind === 'state-machine') {
    const changed = v.safeParse(ExecutionChanged, message);
    return changed.success ? failedExecution(changed.output, dependency) : undefined;
  }
  if (kind === 'lambda') {
    const failed = v.safeParse(InvocationFailed, message);
    return failed.success ? { detail: failedInvocation(failed.output.detail, dependency) } : undefined;
  }
  return undefined;
}

function failedExecution({ time, detail }: v.InferOutput<typeof ExecutionChanged>, dependency: string): AdaptedEvent {
  const { executionArn, name, status, stopDate, error, cause } = detail;
  const redrives = detail.redriveCount ?? 0;
  const base = `sfn-${digest(executionArn)}`;
  const ofRun = (count: number) => (count > 0 ? `${base}.r${count}` : base);
  const linked = failureOfReplacement(name);
  const earlier = Array.from({ length: Math.min(redrives, MAX_OWNERS) }, (_, index) => ofRun(redrives - 1 - index));
  return {
    detail: {
      id: ofRun(redrives),
      correlationId: name.replace(/[^\x21-\x7e]/g, '_'),
      dependency,
      occurredAt: stopDate ? iso(stopDate) : time,
      operation: { method: 'POST', path: executionPath(name) },
      error: {
        name: error || (status === 'TIMED_OUT' ? 'States.Timeout' : 'ExecutionFailed'),
        message: cause || undefined,
      },
    },
    run: {
      name,
      redrives,
      owners: [
        ...(linked === undefined ? [] : [linked]),
        ...[...new Set([...earlier, ...(redrives > 0 ? [base] : [])])].map((id) => ({ id })),
      ],
    },
  };
}

type Invocation = v.InferOutput<typeof InvocationFailed>['detail'];

/**
 * Converts Lambda's record of a failed invocation, with its payload lifted as text. Another service may have kept it.
 *
 * @returns undefined if the record lacks a field
 */
export function failureOfRecord(record: unknown, dependency: string) {
  const failed = v.safeParse(InvocationFailed.entries.detail, record);
  return failed.success ? failedInvocation(failed.output, dependency) : undefined;
}

function failedInvocation(
  { timestamp, requestContext, requestPayload, responsePayload }: Invocation,
  dependency: string,
) {
  const { requestId, condition = 'FunctionError', approximateInvokeCount = SEVERAL_TRIES } = requestContext;
  const thrown = v.safeParse(Thrown, responsePayload);
  const { errorType, errorMessage } = thrown.success ? thrown.output : {};
  return {
    ...invocationFailure(requestId, dependency, requestPayload),
    occurredAt: timestamp,
    error: {
      name: errorType || condition,
      message: errorMessage || undefined,
      attempts: approximateInvokeCount > 1 ? approximateInvokeCount : undefined,
    },
  };
}

/** The failure's fields for an invocation. Identical for on-failure destinations and dead-letter queues. */
export function invocationFailure(requestId: string, dependency: string, payload: JsonText | undefined) {
  return {
    id: `lambda-${requestId}`,
    correlationId: requestId,
    dependency,
    operation: { method: 'POST', path: '/', body: payload },
  };
}
