import { createPatch, type Operation, type Pointer } from 'rfc6902';
import { ExactNumber } from '../json/exact-number.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject, memberOf, sameJson } from '../json/json-value.ts';
import { JsonDraft } from './json-draft.ts';
import { indexIn, isPrefixOf, type Path, pathOf, pointerOf, valueAt } from './json-pointer.ts';

/** A validated JSON Patch (RFC 6902): complete operations with valid pointers. */
export type JsonPatch = readonly Step[];

/** A basic change of a state. `move` and `copy` consist of these. */
export type Change =
  | { readonly op: 'add' | 'replace'; readonly path: Path; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Path };
type Test = { readonly op: 'test'; readonly path: Path; readonly value: Json };
type Transfer = { readonly op: 'move' | 'copy'; readonly from: Path; readonly path: Path };
type Step = Change | Test | Transfer;

/** A step that reads a value of the state. */
export type Reading = Test | Transfer;

/** `test-failed`: the patch is for another state. `inapplicable`: a target is missing or must not change. */
export type PatchResult =
  | { readonly kind: 'applied'; readonly state: Json }
  | { readonly kind: 'test-failed' | 'inapplicable' };

/** Observes a patch step by step, and may veto changes. */
export interface PatchObserver {
  /** Whether a change is allowed in a state. An allowed change is applied next. */
  allows(change: Change, state: Json): boolean;
  tested(path: Path): void;
  /** Sees a step before it reads a value. What this throws ends the patch. */
  reads?(step: Reading, value: Json | undefined): void;
}

const INAPPLICABLE: PatchResult = { kind: 'inapplicable' };
/** Names that reach a prototype. */
const UNSUPPORTED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** Limit of copied data, in characters of JSON. Twenty nested copies would otherwise exhaust the memory. */
const MAX_COPIED = 262_144;

/** Parses a JSON Patch; undefined if it is not valid. */
export function readJsonPatch(body: Json): JsonPatch | undefined {
  if (!isJsonArray(body)) return undefined;
  const steps = body.map(readStep).filter((step) => step !== undefined);
  return steps.length === body.length ? steps : undefined;
}

/** Applies a patch to a copy of the target. */
export function applyJsonPatch(target: Json, patch: JsonPatch, watch?: PatchObserver): PatchResult {
  const draft = new JsonDraft(target);
  let copied = 0;
  for (const step of patch) {
    const { state } = draft;
    if (state === undefined) return INAPPLICABLE;
    if (step.op === 'test') {
      watch?.reads?.(step, valueAt(state, step.path));
      if (!sameJson(valueAt(state, step.path), step.value)) return { kind: 'test-failed' };
      watch?.tested(step.path);
      continue;
    }
    if ('from' in step) watch?.reads?.(step, valueAt(state, step.from));
    const changes = changesOf(step, state);
    if (step.op === 'copy') copied += JSON.stringify(changes).length;
    if (copied > MAX_COPIED || !changes.every((change) => applyChange(change, draft, watch))) return INAPPLICABLE;
    if (changes.length === 0) return INAPPLICABLE;
  }
  const { state } = draft;
  return state === undefined ? INAPPLICABLE : { kind: 'applied', state };
}

/** The patch that turns one state into another; undefined if it needs a name that no patch may have. */
export function diffJsonPatch(from: Json, to: Json): Json | undefined {
  const patch: Json = createPatch(from, to, asOneValue).map((operation) => ({ ...operation }));
  const steps = readJsonPatch(patch);
  const applied = steps && applyJsonPatch(from, steps);
  return applied?.kind === 'applied' && sameJson(applied.state, to) ? patch : undefined;
}

/** Replaces changed arrays and numbers as a whole: the package's array diff takes quadratic time. */
function asOneValue(from: Json, to: Json, at: Pointer): Operation[] | undefined {
  const areArrays = isJsonArray(from) && isJsonArray(to);
  if (!areArrays && !(from instanceof ExactNumber) && !(to instanceof ExactNumber)) return undefined;
  return sameJson(from, to) ? [] : [{ op: 'replace', path: at.toString(), value: to }];
}

/** Empty if the step can't be applied. */
function changesOf(step: Exclude<Step, Test>, state: Json): readonly Change[] {
  if (!('from' in step)) return [step];
  const value = valueAt(state, step.from);
  if (value === undefined) return [];
  const add = { op: 'add', path: step.path, value } as const;
  if (step.op === 'copy') return [add];
  if (pointerOf(step.path) === pointerOf(step.from)) return [{ op: 'replace', path: step.path, value }];
  const intoItself = step.path.length > step.from.length && isPrefixOf(step.from, step.path);
  return intoItself ? [] : [{ op: 'remove', path: step.from }, add];
}

function applyChange(change: Change, draft: JsonDraft, watch: PatchObserver | undefined): boolean {
  const { state } = draft;
  if (state === undefined || !isPossible(change, state) || watch?.allows(change, state) === false) return false;
  draft.apply(change);
  return true;
}

function isPossible({ op, path }: Change, state: Json): boolean {
  if (path.some((token) => UNSUPPORTED_NAMES.has(token))) return false;
  const token = path.at(-1);
  if (op !== 'add') return valueAt(state, path) !== undefined;
  if (token === undefined) return true;
  const parent = valueAt(state, path.slice(0, -1));
  return isJsonArray(parent) ? indexIn(parent, token) !== undefined : isJsonObject(parent);
}

function readStep(step: Json): Step | undefined {
  if (!isJsonObject(step)) return undefined;
  const [path, from, value] = [pathIn(step, 'path'), pathIn(step, 'from'), memberOf(step, 'value')];
  const op = memberOf(step, 'op');
  if (!path) return undefined;
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return value === undefined ? undefined : { op, path, value };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return from && { op, path, from };
    default:
      return undefined;
  }
}

function pathIn(step: JsonObject, name: string): Path | undefined {
  const pointer = memberOf(step, name);
  return typeof pointer === 'string' ? pathOf(pointer) : undefined;
}
