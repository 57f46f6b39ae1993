import type { Difference } from '../../contract/conflict-record.ts';
import type { Failure, HttpOperation } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencyKind } from '../../contract/settings.ts';
import { parseLaneMessage } from '../boundary/failure-event.ts';
import { buildConflictView, differingFields } from '../conflict/difference.ts';
import { applyJsonPatch, readJsonPatch } from '../conflict/json-patch.ts';
import { pointerOf } from '../conflict/json-pointer.ts';
import { isJsonObject, type Json, memberOf } from '../conflict/json-value.ts';
import { asJson } from '../conflict/lossless-json.ts';
import { applyMergePatch } from '../conflict/merge-patch.ts';
import { containsMask, MASK, type Redaction, redaction } from '../conflict/redact.ts';
import { IDEMPOTENT_METHODS } from '../recovery/repeatable.ts';
import { mayHaveTakenEffect } from '../undo/possible-effect.ts';

/** The operation can't be changed so, or not as things stand. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

/** How an operation is to be changed: both speak of the operation, as in `/body/amount`. */
export interface Patch {
  /** RFC 6902, or RFC 7396. */
  readonly kind: 'json-patch' | 'merge-patch';
  readonly value: Json;
}

export interface Edit {
  /** The failure with its operation as it will be. */
  readonly failure: Failure;
  /** How often it will have been changed. */
  readonly number: number;
  /** JSON Pointers of what is changed. */
  readonly fields: readonly string[];
  /** What is changed, field by field: `theirs` is before, `ours` after. */
  readonly difference: readonly Difference[];
  /** The patch, as the ledger keeps it. */
  readonly text: string;
}

export const MAX_EDITS = 10;
const MAX_PATCH_BYTES = 8_192;
/** Of all patches of a failure: an item of 400 KB holds them beside the operation, and beside a question of its next conflict. */
const MAX_PATCHES_BYTES = 32_768;

const NOTHING_HIDDEN: Redaction = { hides: () => false, show: (value) => value, pointer: pointerOf };

/**
 * Works out what an edit makes of the operation of a dead-lettered failure. Nothing is written.
 *
 * @param shown which fields nobody is shown: JSON Pointers within the body; or `all`, where every value is to be seen
 * @param kind of the dependency
 * @throws EditError
 */
export function editOperation(
  entry: LedgerEntry,
  patch: Patch,
  shown: readonly string[] | 'all' = [],
  kind: DependencyKind = 'http',
): Edit {
  const before = editable(entry);
  if (containsMask(patch.value)) {
    throw new EditError(`the patch must not hold ${MASK}, which stands for a value that you were not shown`);
  }
  const operation = patched(before.operation, patch);
  const number = (entry.edited ?? 0) + 1;
  const failure = valid({ ...before, operation: withKeyOfItsOwn(operation, before.operation, number) }, kind);
  mustNotAddToAnEffect(entry, before.operation, failure.operation);
  const hidden = redaction(shown === 'all' ? [] : shown.map((pointer) => `/body${pointer}`));
  const [theirs, ours] = [asState(before.operation), asState(failure.operation)];
  const fields = differingFields(ours, theirs, hidden);
  if (fields.length === 0) throw new EditError('it changes nothing');
  const sides = {
    base: undefined,
    ours: { kind: 'json', state: ours },
    theirs: { kind: 'json', state: theirs },
  } as const;
  const { difference } = buildConflictView(sides, shown === 'all' ? NOTHING_HIDDEN : hidden);
  return { failure, number, fields, difference, text: textOf(patch, entry) };
}

/** @throws EditError where the operation may not be changed as things stand */
function editable(entry: LedgerEntry): Failure {
  const { id, state, outcome, failure, undo, inFlight, uncertain, backupCalled, outbox, edited = 0 } = entry;
  if (state !== 'settled' || outcome !== 'dead-lettered') {
    throw new EditError(`${id} is no dead letter: ${outcome ?? 'it is being worked on'}`);
  }
  if (!failure) throw new EditError(`the operation of ${id} is not kept any more`);
  if (outbox) throw new EditError(`the outcome of ${id} has not been told yet: try again in a moment`);
  if (undo) throw new EditError(`the completed steps of ${id} are being undone: its operation is not made any more`);
  if (inFlight || uncertain || backupCalled) {
    throw new EditError(
      `nobody knows whether a call of ${id} took effect: find that out first, or redrive it as it is`,
    );
  }
  if (edited >= MAX_EDITS) throw new EditError(`${id} has been changed ${edited} times, which is as often as can be`);
  return failure;
}

function patched(operation: HttpOperation, { kind, value }: Patch): Json {
  const before = asState(operation);
  if (kind === 'merge-patch') return applyMergePatch(before, value);
  const steps = readJsonPatch(value);
  if (!steps) throw new EditError('the patch is no JSON Patch (RFC 6902): an array of operations');
  const applied = applyJsonPatch(before, steps);
  switch (applied.kind) {
    case 'applied':
      return applied.state;
    case 'test-failed':
      throw new EditError('a test of the patch fails: it is not for this operation');
    case 'inapplicable':
      throw new EditError('the patch can not be applied: something that it names is not there');
    default:
      return applied satisfies never;
  }
}

/** By the rules of every event; @throws EditError with the field that breaks one */
function valid(failure: Omit<Failure, 'operation'> & { readonly operation: Json }, kind: DependencyKind): Failure {
  const { dependency, occurredAt } = failure;
  const parsed = parseLaneMessage(JSON.stringify(failure), {
    dependency,
    // Its age was judged when it came.
    now: Date.parse(occurredAt),
    retentionMs: Number.POSITIVE_INFINITY,
    // Steps to undo were judged then too.
    kindOf: (name) => (name === dependency ? kind : undefined),
  });
  if (parsed.kind === 'failure') return parsed.failure;
  const why = parsed.kind === 'reject' ? parsed.reason.message : 'it is no event';
  throw new EditError(`what comes out is no operation that could be accepted: ${why}`);
}

/**
 * A call that may have taken effect has left something behind. Only what replaces it may follow: the same resource, and a method by
 * which the last one counts.
 */
function mustNotAddToAnEffect(entry: LedgerEntry, before: HttpOperation, after: HttpOperation): void {
  // An execution that was brought on is an effect, whatever has become of it.
  if (!entry.awaited && !mayHaveTakenEffect(entry)) return;
  const replaces =
    IDEMPOTENT_METHODS.has(before.method) &&
    before.method === after.method &&
    before.path === after.path &&
    JSON.stringify(before.query ?? {}) === JSON.stringify(after.query ?? {});
  if (replaces) return;
  throw new EditError(
    `an earlier call of ${entry.id} may have taken effect, and the changed one would add to it: find that out first`,
  );
}

const KEY_HEADER = 'idempotency-key';

/** The caller's key belongs to the operation as it was; the dependency would answer the changed one by what it knows of that. */
function withKeyOfItsOwn(operation: Json, { headers }: HttpOperation, number: number): Json {
  const key = headers?.[KEY_HEADER];
  if (key === undefined) return operation;
  const its = isJsonObject(operation) ? memberOf(operation, 'headers') : undefined;
  if (!isJsonObject(its) || memberOf(its, KEY_HEADER) !== key) return operation;
  return applyMergePatch(operation, { headers: { [KEY_HEADER]: `${key}#edit#${number}` } });
}

function asState(operation: HttpOperation): Json {
  const state = asJson(operation);
  if (state === undefined) throw new EditError('the operation holds numbers that would lose digits');
  return state;
}

function textOf({ kind, value }: Patch, { edits = [] }: LedgerEntry): string {
  const text = JSON.stringify({ kind, value });
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PATCH_BYTES)
    throw new EditError(`the patch must have at most ${MAX_PATCH_BYTES} bytes, got ${bytes}`);
  const all = edits.reduce((sum, each) => sum + Buffer.byteLength(each), bytes);
  if (all <= MAX_PATCHES_BYTES) return text;
  throw new EditError(`all patches together must have at most ${MAX_PATCHES_BYTES} bytes, got ${all}`);
}
