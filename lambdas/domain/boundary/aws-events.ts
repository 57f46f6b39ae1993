import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { EXECUTION_CHANGED, FAILED_STATUSES, INVOCATION_FAILED } from '../../contract/aws-events.ts';
import type { DependencyKind } from '../../contract/settings.ts';
import { executionPath, failureLinkedBy } from './execution-name.ts';

/** Of an execution that has failed: which one, and how often it had been redriven by then. */
export interface FailedRun {
  readonly name: string;
  readonly redrives: number;
  /** Ids of failures that may have brought the execution on, the likeliest first. */
  readonly owners: readonly string[];
}

/** An event of AWS's own, in the shape of a failure that is still to be judged. */
export interface Adapted {
  readonly detail: Readonly<Record<string, unknown>>;
  readonly run?: FailedRun;
}

/** Ids that are looked up of an execution that has been redriven by others many times. */
const MAX_OWNERS = 25;

/** 9999-12-31T23:59:59.999Z: the last that RFC 3339 can write. */
const LATEST = 253_402_300_799_999;
const optionalText = v.optional(v.nullable(v.string()));

const ExecutionChanged = v.object({
  'detail-type': v.literal(EXECUTION_CHANGED),
  time: v.string(),
  detail: v.object({
    executionArn: v.string(),
    // What has no place in a path, or is no time, could not be read any further.
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
    requestContext: v.object({ requestId: v.string(), condition: v.optional(v.string()) }),
    requestPayload: v.optional(v.unknown()),
    responsePayload: v.optional(v.unknown()),
  }),
});

const Thrown = v.object({ errorType: v.optional(v.string()), errorMessage: v.optional(v.string()) });

/**
 * What an event of Step Functions or Lambda says, for the lane of a dependency of that kind. Undefined where it is none of them.
 * Nothing is judged here: the result goes through the same checks as any report.
 */
export function adaptAwsEvent(message: unknown, dependency: string, kind: DependencyKind): Adapted | undefined {
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

function failedExecution({ time, detail }: v.InferOutput<typeof ExecutionChanged>, dependency: string): Adapted {
  const { executionArn, name, status, stopDate, error, cause } = detail;
  const redrives = detail.redriveCount ?? 0;
  const base = `sfn-${digest(executionArn)}`;
  const ofRun = (count: number) => (count > 0 ? `${base}.r${count}` : base);
  const linked = failureLinkedBy(name);
  const earlier = Array.from({ length: Math.min(redrives, MAX_OWNERS) }, (_, index) => ofRun(redrives - 1 - index));
  return {
    detail: {
      id: ofRun(redrives),
      correlationId: name.replace(/[^\x21-\x7e]/g, '_'),
      dependency,
      occurredAt: stopDate ? new Date(stopDate).toISOString() : time,
      operation: { method: 'POST', path: executionPath(name) },
      error: {
        name: error || (status === 'TIMED_OUT' ? 'States.Timeout' : 'ExecutionFailed'),
        ...(cause && { message: cause }),
      },
    },
    run: {
      name,
      redrives,
      owners: [...(linked === undefined ? [] : [linked]), ...new Set([...earlier, ...(redrives > 0 ? [base] : [])])],
    },
  };
}

type Invocation = v.InferOutput<typeof InvocationFailed>['detail'];

function failedInvocation(
  { timestamp, requestContext, requestPayload, responsePayload }: Invocation,
  dependency: string,
) {
  const { requestId, condition = 'FunctionError' } = requestContext;
  const thrown = v.safeParse(Thrown, responsePayload);
  const { errorType, errorMessage } = thrown.success ? thrown.output : {};
  return {
    ...invocation(requestId, dependency, requestPayload),
    occurredAt: timestamp,
    error: { name: errorType || condition, ...(errorMessage && { message: errorMessage }) },
  };
}

/** The same, whether Lambda tells of it by a destination or by a dead-letter queue. */
export function invocation(requestId: string, dependency: string, payload: unknown) {
  return {
    id: `lambda-${requestId}`,
    correlationId: requestId,
    dependency,
    operation: { method: 'POST', path: '/', ...(payload !== undefined && { body: payload }) },
  };
}

/** 32 hexadecimal digits that stand for a text in an id. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
