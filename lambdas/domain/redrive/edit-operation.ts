import type { Difference } from '../../contract/conflict-record.ts';
import type { Failure, HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { AcceptedInput, DependencyKind } from '../../contract/settings.ts';
import { parseLaneMessage } from '../boundary/failure-event.ts';
import { hasEncodedSlash } from '../boundary/http-request.ts';
import { buildConflictView, differingFields } from '../conflict/difference.ts';
import { applyJsonPatch, readJsonPatch } from '../conflict/json-patch.ts';
import { pointerOf } from '../conflict/json-pointer.ts';
import { applyMergePatch } from '../conflict/merge-patch.ts';
import { containsMask, MASK, type Redaction, redaction } from '../conflict/redact.ts';
import { isJsonObject, type Json, memberOf } from '../json/json-value.ts';
import { writeJson } from '../json/lossless-json.ts';
import { IDEMPOTENT_METHODS } from '../recovery/repeatable.ts';
import { mayHaveTakenEffect } from '../undo/possible-effect.ts';
import { operationView, unreadableFields, withChangedOperation } from './operation-view.ts';

/** The requested edit is invalid, or the failure's state forbids it. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

/** A change of an operation. Paths start at the operation, for example `/body/amount`. */
export interface Patch {
  /** `json-patch`: RFC 6902. `merge-patch`: RFC 7396. */
  readonly kind: 'json-patch' | 'merge-patch';
  readonly value: Json;
}

/** A validated edit that is not written yet. */
export interface Edit {
  /** The failure with the edited operation. */
  readonly failure: Failure;
  /** Number of this edit, from 1. */
  readonly number: number;
  /** JSON Pointers of the changed fields. */
  readonly fields: readonly string[];
  /** The change, field by field. `theirs` is the old value, `ours` the new one. */
  readonly difference: readonly Difference[];
  /** The patch as stored in the ledger. */
  readonly text: string;
}

/** Limit of edits per failure. */
export const MAX_EDITS = 10;
const MAX_PATCH_BYTES = 8_192;
/**
 * Limit of a failure's patches together. A ledger item (400 KB) holds them beside the operation and a possible
 * question.
 */
const MAX_PATCHES_BYTES = 32_768;

const NO_MASKING: Redaction = { hides: () => false, show: (value) => value, pointer: pointerOf };

/**
 * Computes an edit of a dead-lettered failure's operation. Writes nothing.
 *
 * @param shown JSON Pointers within the body to mask in the difference; `all` masks nothing
 * @param kind kind of the dependency
 * @param accepted what the dependency accepts
 * @throws EditError if the patch is invalid, or the failure's state forbids the edit
 */
export function editOperation(
  entry: LedgerEntry,
  patch: Patch,
  shown: readonly string[] | 'all' = [],
  kind: DependencyKind = 'http',
  accepted: AcceptedInput = {},
): Edit {
  const before = editable(entry);
  if (containsMask(patch.value)) {
    throw new EditError(`the patch must not contain ${MASK}, which stands for a value that you were not shown`);
  }
  const operation = applyEdit(before.operation, patch);
  const number = (entry.edited ?? 0) + 1;
  const failure = validateEdited(before, withNewIdempotencyKey(operation, before.operation, number), {
    kind,
    accepted,
    encodedSlashes: hasEncodedSlash(before.operation),
  });
  rejectSecondEffect(entry, before.operation, failure.operation);
  const hidden = redaction(shown === 'all' ? [] : shown.map((pointer) => `/body${pointer}`));
  const [theirs, ours] = [operationView(before.operation), operationView(failure.operation)];
  const fields = differingFields(ours, theirs, hidden);
  if (fields.length === 0) throw new EditError('the patch changes nothing');
  const sides = {
    base: undefined,
    ours: { kind: 'json', state: ours },
    theirs: { kind: 'json', state: theirs },
  } as const;
  const { difference } = buildConflictView(sides, shown === 'all' ? NO_MASKING : hidden);
  return { failure, number, fields, difference, text: textOf(patch, entry) };
}

/** @throws EditError if the failure's state forbids an edit */
function editable(entry: LedgerEntry): Failure {
  const { id, state, outcome, failure, undo, inFlight, uncertain, backupCalled, outbox, edited = 0 } = entry;
  if (state !== 'settled' || outcome !== 'dead-lettered') {
    throw new EditError(`${id} is not a dead letter: ${state === 'settled' ? outcome : 'it is still in progress'}`);
  }
  if (!failure) throw new EditError(`the operation of ${id} is no longer stored`);
  if (outbox) throw new EditError(`the outcome of ${id} is not published yet: try again in a moment`);
  if (undo) throw new EditError(`the undo of ${id} has begun, so its operation is never sent again`);
  if (inFlight || uncertain || backupCalled) {
    throw new EditError(`a call of ${id} may have taken effect: find out first, or redrive it unchanged`);
  }
  if (edited >= MAX_EDITS) throw new EditError(`${id} has been edited ${edited} times, which is the maximum`);
  return failure;
}

function applyEdit(operation: HttpOperation, { kind, value }: Patch): Json {
  const before = operationView(operation);
  if (kind === 'merge-patch') {
    const lossy = unreadableFields(operation).find((field) => isJsonObject(value) && field in value);
    if (lossy === undefined) return withOneBody(applyMergePatch(before, value));
    throw new EditError(
      `the ${lossy} can't be merged without loss: replace it as a whole, by { "op": "add", "path": "/${lossy}" }`,
    );
  }
  const steps = readJsonPatch(value);
  if (!steps) throw new EditError('the patch must be a JSON Patch (RFC 6902): an array of operations');
  const applied = applyJsonPatch(before, steps);
  switch (applied.kind) {
    case 'applied':
      return withOneBody(applied.state);
    case 'test-failed':
      throw new EditError('a test in the patch fails: it does not fit this operation');
    case 'inapplicable':
      if (operation.bodyClaim) throw new EditError(`can't apply the patch to what is here: ${WHOLE_BODY}`);
      throw new EditError("can't apply the patch: it names something that does not exist");
    default:
      return applied satisfies never;
  }
}

const WHOLE_BODY = 'the body is in the bucket, so replace it as a whole: remove bodyClaim, and add body';

/** @throws EditError if a patch adds a body, and leaves the claim of another */
function withOneBody(operation: Json): Json {
  const has = (field: string) => isJsonObject(operation) && (memberOf(operation, field) ?? null) !== null;
  if (has('body') && has('bodyClaim')) throw new EditError(WHOLE_BODY);
  return operation;
}

/** What is known of the failure's dependency. */
interface Dependency {
  readonly kind: DependencyKind;
  readonly accepted: AcceptedInput;
  readonly encodedSlashes: boolean;
}

/**
 * Validates by the same rules as an incoming event.
 *
 * @throws EditError with the field that breaks a rule
 */
function validateEdited(failure: Failure, operation: Json, { kind, accepted, encodedSlashes }: Dependency): Failure {
  const { dependency, occurredAt } = failure;
  const parsed = parseLaneMessage(withChangedOperation(failure, operation), {
    dependency,
    // Intake has already checked the event's age.
    now: Date.parse(occurredAt),
    retentionMs: Number.POSITIVE_INFINITY,
    // Intake has already checked the steps to undo.
    kindOf: (name) => (name === dependency ? kind : undefined),
    // If intake accepted such a path, the dependency takes it. The call checks it against the settings again.
    takesEncodedSlashes: () => encodedSlashes,
    acceptedBy: (name) => (name === dependency ? operationsOnly(accepted) : undefined),
  });
  if (parsed.kind === 'failure') return parsed.failure;
  const why = parsed.kind === 'reject' ? parsed.reason.message : 'it is not an event';
  throw new EditError(`the edited operation would be rejected: ${why}`);
}

/** Leaves out who may report. Intake has checked that, and the ledger does not store the reporter. */
function operationsOnly({ accepts, ...others }: AcceptedInput): AcceptedInput {
  return accepts ? { ...others, accepts: { methods: accepts.methods, paths: accepts.paths } } : others;
}

/**
 * If an earlier call may have taken effect, allows only an edit that replaces the effect: same resource, same
 * idempotent method.
 */
function rejectSecondEffect(entry: LedgerEntry, before: HttpOperation, after: HttpOperation): void {
  // A redriven execution counts as an effect, whatever its result.
  if (!entry.awaited && !mayHaveTakenEffect(entry)) return;
  const replaces =
    IDEMPOTENT_METHODS.has(before.method) &&
    before.method === after.method &&
    before.path === after.path &&
    JSON.stringify(before.query ?? {}) === JSON.stringify(after.query ?? {});
  if (replaces) return;
  throw new EditError(
    `an earlier call of ${entry.id} may have taken effect, and the edited one would add to it: find out first`,
  );
}

const KEY_HEADER = 'idempotency-key';

/**
 * Replaces the caller's idempotency key. With the old key, the dependency would return the result of the unedited
 * operation.
 */
function withNewIdempotencyKey(operation: Json, { headers }: HttpOperation, number: number): Json {
  const key = headers?.[KEY_HEADER];
  if (key === undefined) return operation;
  const editedHeaders = isJsonObject(operation) ? memberOf(operation, 'headers') : undefined;
  if (!isJsonObject(editedHeaders) || memberOf(editedHeaders, KEY_HEADER) !== key) return operation;
  return applyMergePatch(operation, { headers: { [KEY_HEADER]: suffixed(key, `#edit#${number}`) } });
}

/** Puts the suffix inside the quotes of a structured string (RFC 9651), the form of the IETF's draft. */
function suffixed(key: string, suffix: string): string {
  const [, text = key, rest = ''] = /^("(?:[^"\\]|\\["\\])*)("(?: *;.*)?)$/.exec(key) ?? [];
  return `${text}${suffix}${rest}`;
}

function textOf({ kind, value }: Patch, { edits = [] }: LedgerEntry): string {
  const text = writeJson({ kind, value });
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PATCH_BYTES)
    throw new EditError(`the patch must have at most ${MAX_PATCH_BYTES} bytes, got ${bytes}`);
  const all = edits.reduce((sum, each) => sum + Buffer.byteLength(each), bytes);
  if (all <= MAX_PATCHES_BYTES) return text;
  throw new EditError(`all patches together must have at most ${MAX_PATCHES_BYTES} bytes, got ${all}`);
}
