import * as v from 'valibot';
import type { Failure } from '../../contract/failure.ts';
import { isPlainObject } from '../../contract/json-round-trip.ts';
import type { DependencyKind } from '../../contract/settings.ts';
import { adaptAwsEvent, type FailedRun } from './aws-events.ts';
import { unsuitableFor } from './aws-operation.ts';
import { deadLetterSchema, failureSchema, isCorrelationId } from './failure-schema.ts';
import { nestsDeeperThan } from './json-depth.ts';

export type RejectionCode =
  | 'malformed-json'
  | 'not-an-object'
  | 'too-deep'
  | 'too-large'
  | 'invalid-field'
  | 'unknown-version'
  | 'wrong-dependency'
  | 'unsafe-path'
  | 'unsafe-header'
  | 'too-old'
  | 'id-reused'
  | 'unknown-failure';

/** Why an event is not accepted. Holds nothing that the event brought: its values may be secrets or personal data. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly message: string;
  /** Field of the failure's detail, for example `undo.0.operation.path`. */
  readonly path?: string;
}

/** A dead letter of ours that was redriven: the failure itself is in the ledger. */
export interface DeadLetterRef {
  readonly id: string;
  readonly cycle: number;
}

export type Parsed =
  /** `run`: told by Step Functions of an execution. */
  | { readonly kind: 'failure'; readonly failure: Failure; readonly run?: FailedRun }
  | { readonly kind: 'redrive'; readonly letter: DeadLetterRef }
  | { readonly kind: 'reject'; readonly reason: Rejection; readonly correlationId?: string };

export interface ParseOptions {
  /** Name of the lane's dependency. */
  readonly dependency: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** How long the ledger remembers a failure. */
  readonly retentionMs: number;
  /** Whether a dependency has a name in the config. Steps to undo must name such ones. @default - any name will do */
  readonly isRegistered?: (dependency: string) => boolean;
  /** What a dependency is, the lane's own or that of a step to undo. @default - all are HTTP APIs */
  readonly kindOf?: (dependency: string) => DependencyKind | undefined;
}

/** The ledger's item holds at most 400 KB, and the trail needs room beside the event. */
const MAX_BYTES = 256 * 1024;
/** DynamoDB nests as deep. */
const MAX_DEPTH = 32;
const DAY_MS = 86_400_000;
const DETAIL_TYPE = 'Operation Failed';

/**
 * Reads a message of a lane: an event as EventBridge delivers it, one of AWS's own among them, the detail alone, or a dead letter of
 * ours. Never throws, whatever the message is.
 */
export function parseLaneMessage(body: string, options: ParseOptions): Parsed {
  if (Buffer.byteLength(body) > MAX_BYTES) return tooLarge();
  if (nestsDeeperThan(body, MAX_DEPTH)) return reject('too-deep', `the message nests deeper than ${MAX_DEPTH} levels`);
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return reject('malformed-json', 'the message is no valid JSON');
  }
  if (!isPlainObject(message)) return reject('not-an-object', 'the message must be an object');
  if (message.kind === 'backstop-dead-letter') return parseDeadLetter(message, options);
  if (!Object.hasOwn(message, 'detail-type')) return parseFailure(message, options);
  const { dependency, kindOf } = options;
  const adapted = adaptAwsEvent(message, dependency, kindOf?.(dependency) ?? 'http');
  if (adapted) {
    const parsed = parseFailure(adapted.detail, options);
    return parsed.kind === 'failure' && adapted.run ? { ...parsed, run: adapted.run } : parsed;
  }
  if (message['detail-type'] !== DETAIL_TYPE) return rejectField('detail-type', `must be "${DETAIL_TYPE}"`);
  return isPlainObject(message.detail)
    ? parseFailure(message.detail, options)
    : reject('not-an-object', 'the detail must be an object');
}

function parseFailure(detail: Readonly<Record<string, unknown>>, options: ParseOptions): Parsed {
  const parsed = judge(detail, options);
  const { correlationId } = detail;
  if (parsed.kind !== 'reject' || typeof correlationId !== 'string' || !isCorrelationId(correlationId)) return parsed;
  return { ...parsed, correlationId };
}

function judge(detail: Readonly<Record<string, unknown>>, options: ParseOptions): Parsed {
  // First of all: what else is wrong with another version is not for this one to say.
  if ((detail.version ?? 1) !== 1) return unknownVersion();
  const result = validate(failureSchema, detail);
  if (result.kind === 'reject') return result;
  const failure: Failure = result.output;
  // What is stored is written anew: a number such as 1e15 then takes more room than it came with.
  if (Buffer.byteLength(JSON.stringify(failure)) > MAX_BYTES) return tooLarge();
  return unsuitable(failure, options) ?? { kind: 'failure', failure };
}

function parseDeadLetter(message: Readonly<Record<string, unknown>>, { dependency }: ParseOptions): Parsed {
  if (message.version !== 1) return unknownVersion();
  const result = validate(deadLetterSchema, message);
  if (result.kind === 'reject') return result;
  const { id, cycle, dependency: itsOwn = dependency } = result.output;
  return itsOwn === dependency ? { kind: 'redrive', letter: { id, cycle } } : wrongDependency();
}

type Rejected = Extract<Parsed, { kind: 'reject' }>;

function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): { readonly kind: 'valid'; readonly output: v.InferOutput<Schema> } | Rejected {
  // The message here stands in where a schema has none of its own: valibot's would quote the value.
  const result = v.safeParse(schema, input, { abortEarly: true, abortPipeEarly: true, message: 'is not as expected' });
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

/** What depends on the lane, on the config and on the time. */
function unsuitable(failure: Failure, options: ParseOptions): Rejected | undefined {
  const { dependency, occurredAt, undo = [] } = failure;
  if (dependency !== options.dependency) return wrongDependency();
  const { isRegistered = () => true } = options;
  const unknown = undo.findIndex((step) => !isRegistered(step.dependency));
  if (unknown >= 0) return rejectField(`undo.${unknown}.dependency`, 'must be the name of a registered dependency');
  const foreign = unsuitableOperation(failure, options);
  if (foreign) return foreign;
  const age = options.now - Date.parse(occurredAt);
  if (age < -DAY_MS) return rejectField('occurredAt', 'must not lie more than a day ahead');
  // By a day less than the ledger remembers: an event may have been a day ahead of its time when it first came.
  if (age > options.retentionMs - DAY_MS) {
    return rejectField(
      'occurredAt',
      'lies so far back that the failure may have been handled and forgotten',
      'too-old',
    );
  }
  return undefined;
}

/** Operations that the kind of their dependency has no place for. */
function unsuitableOperation(
  { dependency, operation, undo = [] }: Failure,
  { kindOf = () => undefined }: ParseOptions,
): Rejected | undefined {
  const all = [
    { at: 'operation', dependency, operation },
    ...undo.map((step, index) => ({ ...step, at: `undo.${index}.operation` })),
  ];
  for (const { at, dependency: called, operation: made } of all) {
    const found = unsuitableFor(kindOf(called) ?? 'http', made);
    if (found) return rejectField(`${at}.${found.field}`, found.problem);
  }
  // To go on with an execution undoes nothing, and takes as long as it takes.
  const machine = undo.findIndex((step) => kindOf(step.dependency) === 'state-machine');
  return machine < 0 ? undefined : rejectField(`undo.${machine}.dependency`, 'must not be a state machine');
}

function tooLarge(): Rejected {
  return reject('too-large', `the message has more than ${MAX_BYTES} bytes`);
}

function unknownVersion(): Rejected {
  return rejectField('version', 'must be 1', 'unknown-version');
}

function wrongDependency(): Rejected {
  return rejectField('dependency', "must be the lane's own", 'wrong-dependency');
}

function rejectField(path: string, problem: string, code: RejectionCode = 'invalid-field'): Rejected {
  return { kind: 'reject', reason: { code, message: `${path} ${problem}`, path } };
}

function reject(code: RejectionCode, message: string): Rejected {
  return { kind: 'reject', reason: { code, message } };
}
