import * as v from 'valibot';
import { OPERATION_FAILED } from '../../contract/events.ts';
import type { Failure } from '../../contract/failure.ts';
import { type FailureKey, failureKey } from '../../contract/failure-key.ts';
import { isPlainObject } from '../../contract/json-round-trip.ts';
import type { AcceptedInput, DependencyKind } from '../../contract/settings.ts';
import { DAY_MS } from '../../contract/time.ts';
import { nestsDeeperThan } from '../json/json-depth.ts';
import { liftTexts } from '../json/json-places.ts';
import { type Reporter, unacceptedOperation, unacceptedReporter } from './acceptance.ts';
import { adaptAwsEvent, type FailedExecution } from './aws-events.ts';
import { findOperationProblem } from './aws-operation.ts';
import { MESSAGE_TEXTS, writeFailure } from './failure-json.ts';
import { deadLetterSchema, failureSchema, isCorrelationId } from './failure-schema.ts';
import { unsafeHeaders, unsafePath } from './http-request.ts';

/** Machine-readable reason of a rejection. */
type RejectionCode =
  | 'malformed-json'
  | 'not-an-object'
  | 'too-deep'
  | 'too-large'
  | 'invalid-field'
  | 'unknown-version'
  | 'wrong-dependency'
  | 'unsafe-path'
  | 'unsafe-header'
  | 'not-accepted'
  | 'too-old'
  | 'id-reused'
  | 'unknown-failure';

/** Why validation rejected an event. Holds no values of the event, because they may be secrets or personal data. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly message: string;
  /** Field of the failure's detail, for example `undo.0.operation.path`. */
  readonly path?: string;
}

/** Reference in a redriven dead letter. The failure itself is in the ledger. */
interface DeadLetterRef {
  readonly key: FailureKey;
  readonly id: string;
  readonly cycle: number;
}

/** Result of parsing a message of a lane. */
export type ParsedMessage =
  /** `run`: present if Step Functions reported a failed execution. */
  | { readonly kind: 'failure'; readonly failure: Failure; readonly run?: FailedExecution }
  | { readonly kind: 'redrive'; readonly deadLetter: DeadLetterRef }
  | { readonly kind: 'reject'; readonly reason: Rejection; readonly correlationId?: string };

export interface ParseOptions {
  /** Name of the lane's dependency. */
  readonly dependency: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** How long the ledger keeps a failure, in milliseconds. */
  readonly retentionMs: number;
  /**
   * Whether the config registers a dependency. Steps to undo may name registered ones only. @default - accepts any name
   */
  readonly isRegistered?: (dependency: string) => boolean;
  /** Kind of the lane's dependency, or of a step's. @default - all are HTTP APIs */
  readonly kindOf?: (dependency: string) => DependencyKind | undefined;
  /** Whether a dependency takes encoded slashes in paths. @default - none does */
  readonly takesEncodedSlashes?: (dependency: string) => boolean;
  /** What the config accepts in events about a dependency. @default - all */
  readonly acceptedBy?: (dependency: string) => AcceptedInput | undefined;
}

/** A ledger item holds at most 400 KB, and the trail needs room beside the event. */
const MAX_BYTES = 256 * 1024;
/** DynamoDB's own limit for nested attributes. */
const MAX_DEPTH = 32;

/**
 * Parses a message of a lane queue: an EventBridge event, a failure event of AWS, a bare detail, or a redriven dead
 * letter. Never throws.
 */
export function parseLaneMessage(body: string, options: ParseOptions): ParsedMessage {
  if (Buffer.byteLength(body) > MAX_BYTES) return tooLarge();
  const lifted = liftBodies(body);
  if (lifted === undefined) return reject('malformed-json', 'the message is not valid JSON');
  if (nestsDeeperThan(lifted, MAX_DEPTH)) {
    return reject('too-deep', `the message nests deeper than ${MAX_DEPTH} levels outside of its bodies`);
  }
  const message: unknown = JSON.parse(lifted);
  if (!isPlainObject(message)) return reject('not-an-object', 'the message must be an object');
  if (message.kind === 'backstop-dead-letter') return parseDeadLetter(message, options);
  // The bus wraps every event, so only the lane queue's own senders decide about this field.
  if (!Object.hasOwn(message, 'detail-type'))
    return parseFailure(message, { isAdopted: message.adopted === true }, options);
  const reporter = reporterOf(message);
  const { dependency, kindOf } = options;
  const adapted = adaptAwsEvent(message, dependency, kindOf?.(dependency) ?? 'http');
  if (adapted) {
    const parsed = parseFailure(adapted.detail, reporter, options);
    return parsed.kind === 'failure' && adapted.run ? { ...parsed, run: adapted.run } : parsed;
  }
  if (message['detail-type'] !== OPERATION_FAILED) return rejectField('detail-type', `must be "${OPERATION_FAILED}"`);
  return isPlainObject(message.detail)
    ? parseFailure(message.detail, reporter, options)
    : reject('not-an-object', 'the detail must be an object');
}

/** Undefined if the text is not valid JSON. */
function liftBodies(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return liftTexts(text, MESSAGE_TEXTS);
}

function reporterOf({ source, account }: Readonly<Record<string, unknown>>): Reporter {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { source: text(source), account: text(account) };
}

function parseFailure(
  detail: Readonly<Record<string, unknown>>,
  reporter: Reporter,
  options: ParseOptions,
): ParsedMessage {
  const parsed = validateDetail(detail, reporter, options);
  const { correlationId } = detail;
  if (parsed.kind !== 'reject' || typeof correlationId !== 'string' || !isCorrelationId(correlationId)) return parsed;
  return { ...parsed, correlationId };
}

function validateDetail(
  detail: Readonly<Record<string, unknown>>,
  reporter: Reporter,
  options: ParseOptions,
): ParsedMessage {
  // Check the version first: the rules below apply to version 1 only.
  if ((detail.version ?? 1) !== 1) return unknownVersion();
  const result = validate(failureSchema, detail);
  if (result.kind === 'reject') return result;
  const failure: Failure = result.output;
  // Check the size again: serialization may lengthen numbers such as 1e20.
  if (Buffer.byteLength(writeFailure(failure)) > MAX_BYTES) return tooLarge();
  return contextProblem(failure, reporter, options) ?? { kind: 'failure', failure };
}

function parseDeadLetter(message: Readonly<Record<string, unknown>>, { dependency }: ParseOptions): ParsedMessage {
  if (message.version !== 1) return unknownVersion();
  const result = validate(deadLetterSchema, message);
  if (result.kind === 'reject') return result;
  const { id, tenant, cycle, dependency: named = dependency } = result.output;
  if (named !== dependency) return wrongDependency();
  return { kind: 'redrive', deadLetter: { key: failureKey({ dependency, tenant, id }), id, cycle } };
}

type Rejected = Extract<ParsedMessage, { kind: 'reject' }>;

function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): { readonly kind: 'valid'; readonly output: v.InferOutput<Schema> } | Rejected {
  // This default replaces valibot's own messages, which quote the value.
  const result = v.safeParse(schema, input, { abortEarly: true, abortPipeEarly: true, message: 'is invalid' });
  if (result.success) return { kind: 'valid', output: result.output };
  const [issue] = result.issues;
  return rejectField(v.getDotPath(issue) ?? 'detail', issue.message, codeOf(issue));
}

function codeOf(issue: v.BaseIssue<unknown>): RejectionCode {
  if (issue.type !== 'raw_check') return 'invalid-field';
  switch (issue.path?.at(-1)?.key) {
    case 'path':
      return 'unsafe-path';
    case 'headers':
      return 'unsafe-header';
    default:
      return 'invalid-field';
  }
}

/** Checks that depend on the lane, the config or the time. */
function contextProblem(failure: Failure, reporter: Reporter, options: ParseOptions): Rejected | undefined {
  const { dependency, occurredAt, undo = [] } = failure;
  if (dependency !== options.dependency) return wrongDependency();
  const { isRegistered = () => true } = options;
  const unknown = undo.findIndex((step) => !isRegistered(step.dependency));
  if (unknown >= 0) return rejectField(`undo.${unknown}.dependency`, 'must be the name of a registered dependency');
  const foreign = rejectUnfitOperation(failure, options) ?? rejectUnaccepted(failure, reporter, options);
  if (foreign) return foreign;
  const age = options.now - Date.parse(occurredAt);
  if (age < -DAY_MS) return rejectField('occurredAt', 'must be at most one day in the future');
  // One day less than the retention: an event may carry a time up to one day ahead when it first arrives.
  if (age > options.retentionMs - DAY_MS) {
    return rejectField(
      'occurredAt',
      'is so old that the failure may already have been handled and forgotten',
      'too-old',
    );
  }
  return undefined;
}

/** Rejects operations that don't fit the kind of their dependency. */
function rejectUnfitOperation(
  failure: Failure,
  { kindOf = () => undefined, takesEncodedSlashes = () => false }: ParseOptions,
): Rejected | undefined {
  for (const { at, dependency: called, operation: made } of callsOf(failure)) {
    const found = findOperationProblem(kindOf(called) ?? 'http', made);
    if (found) return rejectField(`${at}.${found.field}`, found.problem);
    const unsafe = unsafePath(made.path, { encodedSlashes: takesEncodedSlashes(called) });
    if (unsafe) return rejectField(`${at}.path`, unsafe, 'unsafe-path');
  }
  // Redriving an execution undoes nothing, and its duration has no limit.
  const machine = (failure.undo ?? []).findIndex((step) => kindOf(step.dependency) === 'state-machine');
  return machine < 0 ? undefined : rejectField(`undo.${machine}.dependency`, 'must not be a state machine');
}

/** Rejects what the config doesn't accept: by the failure's own dependency, and by that of each step to undo. */
function rejectUnaccepted(
  failure: Failure,
  reporter: Reporter,
  { acceptedBy = () => undefined }: ParseOptions,
): Rejected | undefined {
  for (const { at, dependency, operation } of callsOf(failure)) {
    const accepted = acceptedBy(dependency) ?? {};
    const unsafe = unsafeHeaders(operation.headers ?? {}, accepted);
    if (unsafe) return rejectField(`${at}.headers`, unsafe, 'unsafe-header');
    const who = unacceptedReporter(accepted.accepts ?? {}, reporter, failure.tenant);
    if (who) return rejectField(who, `must be one that the dependency of ${at} accepts`, 'not-accepted');
    const what = unacceptedOperation(accepted.accepts ?? {}, operation);
    if (what) return rejectField(`${at}.${what}`, 'must be one that its dependency accepts', 'not-accepted');
  }
  return undefined;
}

/** The calls that a failure asks for, each with its place in the event. */
function callsOf({ dependency, operation, undo = [] }: Failure) {
  return [
    { at: 'operation', dependency, operation },
    ...undo.map((step, index) => ({ ...step, at: `undo.${index}.operation` })),
  ];
}

function tooLarge(): Rejected {
  return reject('too-large', `the message has more than ${MAX_BYTES} bytes`);
}

function unknownVersion(): Rejected {
  return rejectField('version', 'must be 1', 'unknown-version');
}

function wrongDependency(): Rejected {
  return rejectField('dependency', 'must be the dependency of this lane', 'wrong-dependency');
}

function rejectField(path: string, problem: string, code: RejectionCode = 'invalid-field'): Rejected {
  return { kind: 'reject', reason: { code, message: `${path} ${problem}`, path } };
}

function reject(code: RejectionCode, message: string): Rejected {
  return { kind: 'reject', reason: { code, message } };
}
