import * as v from 'valibot';
import { OPERATION_FAILED } from '../../contract/events.ts';
import type { Failure } from '../../contract/failure.ts';
import { type FailureKey, failureKey } from '../../contract/failure-key.ts';
import { isPlainObject } from '../../contract/json-round-trip.ts';
import { nestsDeeperThan } from '../json/json-depth.ts';
import { liftTexts, type Place } from '../json/json-places.ts';
import type { Reporter } from './acceptance.ts';
import { adaptAwsEvent, type FailedExecution } from './aws-events.ts';
import { contextMistakes, type ParseOptions, wrongDependency } from './failure-context.ts';
import { FAILURE_TEXTS, MESSAGE_TEXTS, writeFailure } from './failure-json.ts';
import { deadLetterSchema, FAILURE_VERSIONS, failureSchema, isCorrelationId } from './failure-schema.ts';
import { fieldRejection, type Rejection, type RejectionCode } from './rejection.ts';

export type { ParseOptions, Rejection };

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

/** Most bytes of a message. A ledger item holds at most 400 KB, and the trail needs room beside the event. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** DynamoDB's own limit for nested attributes. */
const MAX_DEPTH = 32;

/**
 * Parses a message of a lane queue: an EventBridge event, a failure event of AWS, a bare detail, or a redriven dead
 * letter. Never throws.
 */
export function parseLaneMessage(body: string, options: ParseOptions): ParsedMessage {
  if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES) return tooLarge();
  const lifted = liftBodies(body);
  if (lifted === undefined) return reject('malformed-json', 'the message is not valid JSON');
  if (nestsDeeperThan(lifted, MAX_DEPTH)) return tooDeep();
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
function liftBodies(text: string, places: Place = MESSAGE_TEXTS): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return liftTexts(text, places);
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
  // Check the version first: the rules below apply to known versions only.
  if (!isKnownVersion(detail)) return unknownVersion('must be 1 or 2');
  const result = validate(failureSchema, detail);
  if (result.kind === 'reject') return result;
  const failure: Failure = result.output;
  if (isTooLarge(failure)) return tooLarge();
  for (const reason of contextMistakes(failure, reporter, options)) return { kind: 'reject', reason };
  return { kind: 'failure', failure };
}

/** Checks the size again, because serialization may lengthen numbers such as 1e20. */
function isTooLarge(failure: Failure): boolean {
  // The texts of bodies are never shorter as strings, so most failures need no second look.
  if (Buffer.byteLength(JSON.stringify(failure)) <= MAX_MESSAGE_BYTES) return false;
  return Buffer.byteLength(writeFailure(failure)) > MAX_MESSAGE_BYTES;
}

function parseDeadLetter(message: Readonly<Record<string, unknown>>, { dependency }: ParseOptions): ParsedMessage {
  if (message.version !== 1) return unknownVersion('must be 1');
  const result = validate(deadLetterSchema, message);
  if (result.kind === 'reject') return result;
  const { id, tenant, cycle, dependency: named = dependency } = result.output;
  if (named !== dependency) return { kind: 'reject', reason: wrongDependency() };
  return { kind: 'redrive', deadLetter: { key: failureKey({ dependency, tenant, id }), id, cycle } };
}

type Rejected = Extract<ParsedMessage, { kind: 'reject' }>;

/** Replaces valibot's own messages, which quote the value. */
const WITHOUT_VALUES = { message: 'is invalid' };

function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): { readonly kind: 'valid'; readonly output: v.InferOutput<Schema> } | Rejected {
  const result = v.safeParse(schema, input, { abortEarly: true, abortPipeEarly: true, ...WITHOUT_VALUES });
  if (result.success) return { kind: 'valid', output: result.output };
  return { kind: 'reject', reason: rejectionOf(result.issues[0]) };
}

function rejectionOf(issue: v.BaseIssue<unknown>): Rejection {
  return fieldRejection(v.getDotPath(issue) ?? 'detail', issue.message, codeOf(issue));
}

/**
 * Finds all mistakes of an `Operation Failed` detail, for its author. A lane, which judges the same way, names the
 * first one only.
 *
 * @param text the detail as JSON
 */
export function failureMistakes(text: string, reporter: Reporter, options: ParseOptions): readonly Rejection[] {
  const lifted = liftBodies(text, FAILURE_TEXTS);
  if (lifted === undefined) return [reject('malformed-json', 'the detail is not valid JSON').reason];
  const large = Buffer.byteLength(text) > MAX_MESSAGE_BYTES ? [tooLarge().reason] : [];
  if (nestsDeeperThan(lifted, MAX_DEPTH - 1)) return [...large, tooDeep().reason];
  const detail: unknown = JSON.parse(lifted);
  if (!isPlainObject(detail)) return [...large, reject('not-an-object', 'the detail must be an object').reason];
  if (!isKnownVersion(detail)) return [...large, unknownVersion('must be 1 or 2').reason];
  const result = v.safeParse(failureSchema, detail, { abortPipeEarly: true, ...WITHOUT_VALUES });
  if (!result.success) return [...large, ...result.issues.map(rejectionOf)];
  return [...large, ...contextMistakes(result.output, reporter, options)];
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

function tooLarge(): Rejected {
  return reject('too-large', `the message has more than ${MAX_MESSAGE_BYTES} bytes`);
}

function tooDeep(): Rejected {
  return reject('too-deep', `the message nests deeper than ${MAX_DEPTH} levels outside of its bodies`);
}

function isKnownVersion({ version }: Readonly<Record<string, unknown>>): boolean {
  return FAILURE_VERSIONS.some((known) => known === (version ?? 1));
}

function unknownVersion(problem: string): Rejected {
  return rejectField('version', problem, 'unknown-version');
}

function rejectField(path: string, problem: string, code?: RejectionCode): Rejected {
  return { kind: 'reject', reason: fieldRejection(path, problem, code) };
}

function reject(code: RejectionCode, message: string): Rejected {
  return { kind: 'reject', reason: { code, message } };
}
