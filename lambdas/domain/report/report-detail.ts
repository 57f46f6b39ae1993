import { InvalidReportError, ReportTooLargeError } from '../../contract/report-errors.ts';
import type { ReportedDependency } from '../../contract/report-settings.ts';
import type { Priority } from '../../contract/settings.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { accordingTo } from '../boundary/failure-context.ts';
import { failureMistakes, MAX_MESSAGE_BYTES } from '../boundary/failure-event.ts';
import { claimedIfLarge, type StoredBody } from './claimed-bodies.ts';
import { operationDetail, type ReportedOperation } from './operation-detail.ts';

/** A step that was done before the operation failed, with the call that undoes it. */
export interface ReportedStep {
  /** 1 to 128 characters. Alerts and logs show it: no personal data. */
  readonly name: string;
  /** Name of the dependency that the undo calls. */
  readonly dependency: string;
  /** The call that undoes the step. */
  readonly operation: ReportedOperation;
  /** `operation`: undoes the failed operation itself, if that may have taken effect. @default 'completed-step' */
  readonly undoes?: 'completed-step' | 'operation';
}

/** What a report says besides operation and error. */
export interface ReportOptions {
  /**
   * Id of the failure: 1 to 64 letters, digits, ".", "_" or "-". The same id is the same failure, so derive it from
   * your data.
   * @default - the idempotency key of the call, or the order and the step of a saga; otherwise it is required
   */
  readonly id?: string;
  /** Your customer, if the failure belongs to one: 1 to 64 letters, digits, ".", "_" or "-". */
  readonly tenant?: string;
  /** 1 to 128 printable ASCII characters without spaces. @default - the order of the saga, or the id */
  readonly correlationId?: string;
  /** @default - the priority of the dependency */
  readonly priority?: Priority;
  /** Completed steps in their order. @default - the steps of the saga */
  readonly undo?: readonly ReportedStep[];
  /** `none`: no fallback answers. */
  readonly fallback?: string;
}

/** A failure to report: everything but the error. */
export interface Attempted extends ReportOptions {
  readonly dependency: string;
  readonly operation: ReportedOperation;
}

/** The settings of a dependency whose failures the function reports. */
export type DependencyOf = (name: string) => ReportedDependency | undefined;

/** What a report needs to know besides the failure. */
export interface ReportContext {
  readonly dependencyOf: DependencyOf;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Names an object for a large body: each time another text. @default - bodies of any size travel in the event */
  readonly newToken?: (() => string) | undefined;
}

/** Bytes that the bus adds to a detail, with some to spare. */
const ENVELOPE_BYTES = 1_024;
/** Most bytes of a detail. The boundary of a lane takes no larger message, whatever the bus takes. */
const MAX_DETAIL_BYTES = MAX_MESSAGE_BYTES - ENVELOPE_BYTES;
/** Bytes that the description of an error may take. A larger one is cut. */
const ERROR_BYTES = 32 * 1_024;

const UNKNOWN_ERROR: ReportedError = { name: 'Error' };

/**
 * Checks, before the call, that its failure could be reported.
 *
 * @throws InvalidReportError with all mistakes
 * @throws ReportTooLargeError
 */
export function checkAttempted(attempted: Attempted, context: ReportContext): void {
  const { dependencyOf, now, newToken } = context;
  const { text } = writeDetail(attempted, UNKNOWN_ERROR, context);
  const [bytes, limit] = [Buffer.byteLength(text), MAX_DETAIL_BYTES - ERROR_BYTES];
  if (bytes > limit) {
    const remedy = newToken ? '' : ' (with largeBodies of the pipeline, a body may have 5 MiB)';
    throw new ReportTooLargeError(bytes, limit, undefined, remedy);
  }
  const mistakes = failureMistakes(text, reporterOf(dependencyOf(attempted.dependency)), {
    dependency: attempted.dependency,
    now,
    retentionMs: 2 * DAY_MS,
    takesClaims: newToken !== undefined,
    ...accordingTo(dependencyOf),
  });
  if (mistakes.length === 0) return;
  throw new InvalidReportError(mistakes.map(({ message, path }) => message + adviceFor(path)));
}

/** The detail of an event, and what must be in the bucket before the event is sent. */
export interface Detail {
  /** JSON. */
  readonly text: string;
  readonly bodies: readonly StoredBody[];
}

/** Cuts an error that is too large. */
export function detailOf(attempted: Attempted, error: ReportedError, context: ReportContext): Detail {
  return writeDetail(attempted, cutToFit(error), context);
}

function writeDetail(
  attempted: Attempted,
  error: ReportedError,
  { dependencyOf, now, newToken }: ReportContext,
): Detail {
  const bodies: StoredBody[] = [];
  const { id, dependency, operation, undo = [], tenant, priority, fallback } = attempted;
  const detail = (name: string, given: ReportedOperation) => {
    const known = dependencyOf(name);
    if (!known) return given;
    const whole = operationDetail(given, known);
    if (!newToken) return whole;
    const claimed = claimedIfLarge(whole, name, tenant, newToken());
    if (claimed.stored) bodies.push(claimed.stored);
    return claimed.operation;
  };
  const called = detail(dependency, operation);
  const undos = undo.map((step) => ({ ...step, operation: detail(step.dependency, step.operation) }));
  const text = JSON.stringify({
    // A Backstop from before claims would call without the body. It rejects this version.
    version: bodies.length > 0 ? 2 : 1,
    id,
    // Without an id, that is the mistake to name.
    correlationId: attempted.correlationId ?? id ?? '-',
    dependency,
    tenant,
    priority,
    occurredAt: iso(now),
    operation: called,
    error,
    undo: undos.length > 0 ? undos : undefined,
    fallback,
  });
  return { text, bodies };
}

function reporterOf(dependency: ReportedDependency | undefined) {
  return { source: dependency?.source };
}

function adviceFor(path = ''): string {
  if (path === 'id') return ' (give one, or an idempotency-key header that is one)';
  return /^undo\.\d+\.dependency$/.test(path) ? ' (call pipeline.reportsFrom for it, too)' : '';
}

/**
 * Keeps what the rules read first. What is cut may be a call that had an effect, which more than one attempt says, too.
 */
function cutToFit(error: ReportedError): ReportedError {
  if (Buffer.byteLength(JSON.stringify(error)) <= ERROR_BYTES) return error;
  const { name, code, statusCode, syscall, protocol, attempts = 1 } = error;
  const message = error.message?.slice(0, 256).toWellFormed();
  return { name, message, code, statusCode, syscall, protocol, attempts: Math.max(2, attempts) };
}
