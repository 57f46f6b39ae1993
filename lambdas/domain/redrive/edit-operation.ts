import type { Difference } from '../../contract/conflict-record.ts';
import type { Failure, HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { AcceptedInput, DependencyKind } from '../../contract/settings.ts';
import { parseLaneMessage } from '../boundary/failure-event.ts';
import { hasEncodedSlash } from '../boundary/http-request.ts';
import { buildConflictView, differingFields } from '../conflict/difference.ts';
import { applyJsonPatch, type PatchObserver, readJsonPatch } from '../conflict/json-patch.ts';
import { pointerOf } from '../conflict/json-pointer.ts';
import { applyMergePatch } from '../conflict/merge-patch.ts';
import { containsMask, MASK, type Redaction } from '../conflict/redact.ts';
import { isJsonObject, type Json, memberOf } from '../json/json-value.ts';
import { writeJson } from '../json/lossless-json.ts';
import { IDEMPOTENT_METHODS } from '../recovery/repeatable.ts';
import { mayHaveTakenEffect } from '../undo/possible-effect.ts';
import { EditError } from './edit-error.ts';
import { inForm, watchMasked } from './masked-edit.ts';
import { operationRedaction, withStandIns } from './operation-redaction.ts';
import { operationView, unreadableFields, withChangedOperation } from './operation-view.ts';

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
  /** The patch as stored in the ledger, with the places of masked values that it copies. */
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

interface EditOptions {
  /** JSON Pointers within the body to mask besides sensitive names. */
  readonly sensitive?: readonly string[] | undefined;
  /** Whether the difference masks nothing. The names of fields stay masked. @default false */
  readonly isRevealed?: boolean;
  /** Kind of the dependency. @default 'http' */
  readonly kind?: DependencyKind | undefined;
  /** What the dependency accepts. @default - everything */
  readonly accepted?: AcceptedInput | undefined;
}

/**
 * Computes an edit of a dead-lettered failure's operation. Writes nothing.
 *
 * What an edit shows, and whether it refuses, must not depend on masked values: a copy, test or guess would reveal them
 * without a record. So the patch first changes a view with stand-ins for them.
 *
 * @throws EditError if the patch is invalid, or the failure's state forbids the edit
 */
export function editOperation(
  entry: LedgerEntry,
  patch: Patch,
  { sensitive = [], isRevealed = false, kind = 'http', accepted = {} }: EditOptions = {},
): Edit {
  const before = editable(entry);
  if (containsMask(patch.value)) {
    throw new EditError(`the patch must not contain ${MASK}, which stands for a value that you were not shown`);
  }
  const hidden = operationRedaction(sensitive, entry.edits);
  const number = (entry.edited ?? 0) + 1;
  const view = operationView(before.operation);
  const standIns = withStandIns(view, hidden);
  const { watch, places } = watchMasked(hidden);
  const shown = applyEdit(before.operation, standIns, patch, watch);
  const edited = applyEdit(before.operation, view, patch);
  const encodedSlashes = hasEncodedSlash(before.operation);
  const keyed = withNewIdempotencyKey(edited, view, number);
  const failure = validateEdited(before, keyed, { kind, accepted, encodedSlashes });
  const whole = { theirs: view, ours: operationView(failure.operation) };
  const masked = { theirs: standIns, ours: inForm(withNewIdempotencyKey(shown, standIns, number), whole.ours) };
  rejectSecondEffect(entry, masked);
  const fields = differingFields(masked.ours, masked.theirs, hidden);
  if (fields.length === 0) throw new EditError('the patch changes nothing');
  const difference = isRevealed ? differenceOf(whole, NO_MASKING) : differenceOf(masked, hidden);
  return { failure, number, fields, difference, text: textOf(patch, entry, places) };
}

/** An operation before and after an edit. `theirs` is the old one. */
interface Views {
  readonly theirs: Json;
  readonly ours: Json;
}

function differenceOf({ theirs, ours }: Views, hidden: Redaction): readonly Difference[] {
  const sides = { ours: { kind: 'json', state: ours }, theirs: { kind: 'json', state: theirs } } as const;
  return buildConflictView({ base: undefined, ...sides }, hidden).difference;
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

/** @param before the operation's view, as it is or masked */
function applyEdit(operation: HttpOperation, before: Json, { kind, value }: Patch, watch?: PatchObserver): Json {
  if (kind === 'merge-patch') {
    const lossy = unreadableFields(operation).find((field) => isJsonObject(value) && field in value);
    if (lossy === undefined) return withOneBody(applyMergePatch(before, value));
    throw new EditError(
      `the ${lossy} can't be merged without loss: replace it as a whole, by { "op": "add", "path": "/${lossy}" }`,
    );
  }
  const steps = readJsonPatch(value);
  if (!steps) throw new EditError('the patch must be a JSON Patch (RFC 6902): an array of operations');
  const applied = applyJsonPatch(before, steps, watch);
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
function rejectSecondEffect(entry: LedgerEntry, { theirs, ours }: Views): void {
  // A redriven execution counts as an effect, whatever its result.
  if (!entry.awaited && !mayHaveTakenEffect(entry)) return;
  const [method] = partsOf(theirs);
  const replaces =
    typeof method === 'string' &&
    IDEMPOTENT_METHODS.has(method) &&
    JSON.stringify(partsOf(theirs)) === JSON.stringify(partsOf(ours));
  if (replaces) return;
  throw new EditError(
    `an earlier call of ${entry.id} may have taken effect, and the edited one would add to it: find out first`,
  );
}

/** What names the resource, and what happens to it. */
function partsOf(view: Json): readonly (Json | undefined)[] {
  const part = (name: string) => (isJsonObject(view) ? memberOf(view, name) : undefined);
  return [part('method'), part('path'), part('query') ?? {}];
}

const KEY_HEADER = 'idempotency-key';

/**
 * Replaces the caller's idempotency key. With the old key, the dependency would return the result of the unedited
 * operation.
 */
function withNewIdempotencyKey(edited: Json, before: Json, number: number): Json {
  const key = keyIn(before);
  if (typeof key !== 'string' || keyIn(edited) !== key) return edited;
  return applyMergePatch(edited, { headers: { [KEY_HEADER]: suffixed(key, `#edit#${number}`) } });
}

function keyIn(view: Json): Json | undefined {
  const headers = isJsonObject(view) ? memberOf(view, 'headers') : undefined;
  return isJsonObject(headers) ? memberOf(headers, KEY_HEADER) : undefined;
}

/** Puts the suffix inside the quotes of a structured string (RFC 9651), the form of the IETF's draft. */
function suffixed(key: string, suffix: string): string {
  const [, text = key, rest = ''] = /^("(?:[^"\\]|\\["\\])*)("(?: *;.*)?)$/.exec(key) ?? [];
  return `${text}${suffix}${rest}`;
}

/** @param masked JSON Pointers to what stays masked */
function textOf({ kind, value }: Patch, { edits = [] }: LedgerEntry, masked: readonly string[]): string {
  const bytes = Buffer.byteLength(writeJson({ kind, value }));
  if (bytes > MAX_PATCH_BYTES)
    throw new EditError(`the patch must have at most ${MAX_PATCH_BYTES} bytes, got ${bytes}`);
  const text = writeJson(masked.length === 0 ? { kind, value } : { kind, value, masked });
  const all = edits.reduce((sum, each) => sum + Buffer.byteLength(each), Buffer.byteLength(text));
  if (all <= MAX_PATCHES_BYTES) return text;
  throw new EditError(`all patches together must have at most ${MAX_PATCHES_BYTES} bytes, got ${all}`);
}
