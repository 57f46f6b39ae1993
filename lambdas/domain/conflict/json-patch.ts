import { applyPatch, createPatch, type Operation, type Pointer } from 'rfc6902';
import { indexIn, leadsTo, type Path, pathOf, pointerOf, valueAt } from './json-pointer.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject, memberOf, sameJson } from './json-value.ts';

/** A JSON Patch (RFC 6902) whose operations are complete, and whose pointers are some. */
export type JsonPatch = readonly Step[];

/** What an operation does to a state; `move` and `copy` are made of these. */
export type Change =
  | { readonly op: 'add' | 'replace'; readonly path: Path; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Path };
type Test = { readonly op: 'test'; readonly path: Path; readonly value: Json };
type Step = Change | Test | { readonly op: 'move' | 'copy'; readonly from: Path; readonly path: Path };

/** `test-failed`: it is not for this state. `inapplicable`: something that it needs is not there, or may not be changed. */
export type Applied =
  | { readonly kind: 'applied'; readonly state: Json }
  | { readonly kind: 'test-failed' | 'inapplicable' };

/** Follows a patch on its way, and may object. */
export interface Watch {
  /** Whether a change may be made of a state; one that may is made next. */
  allows(change: Change, state: Json): boolean;
  tested(path: Path): void;
}

const INAPPLICABLE: Applied = { kind: 'inapplicable' };
/** The package does not walk through members of these names. */
const NOT_WALKED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** In characters of JSON: some twenty copies, each into the last one, would fill any memory. */
const MAX_COPIED = 262_144;
/** The package can't replace the root. Under a name of its own the root is a member like others. */
const ROOT = '';

/** Undefined where it is no JSON Patch. */
export function readJsonPatch(body: Json): JsonPatch | undefined {
  if (!isJsonArray(body)) return undefined;
  const steps = body.map(readStep).filter((step) => step !== undefined);
  return steps.length === body.length ? steps : undefined;
}

/** Leaves the target as it is. */
export function applyJsonPatch(target: Json, patch: JsonPatch, watch?: Watch): Applied {
  const document: { [ROOT]?: Json } = { [ROOT]: structuredClone(target) };
  let copied = 0;
  for (const step of patch) {
    const state = document[ROOT];
    if (state === undefined) return INAPPLICABLE;
    if (step.op === 'test') {
      // Not by the package: it would compare each element of an array with all the others.
      if (!sameJson(valueAt(state, step.path), step.value)) return { kind: 'test-failed' };
      watch?.tested(step.path);
      continue;
    }
    const changes = changesOf(step, state);
    if (step.op === 'copy') copied += JSON.stringify(changes).length;
    if (copied > MAX_COPIED || !changes.every((change) => make(change, document, watch))) return INAPPLICABLE;
    if (changes.length === 0) return INAPPLICABLE;
  }
  const state = document[ROOT];
  return state === undefined ? INAPPLICABLE : { kind: 'applied', state };
}

/** The patch that makes one state of another; undefined where it has to name a field that the package doesn't walk through. */
export function diffJsonPatch(from: Json, to: Json): Json | undefined {
  const patch: Json = JSON.parse(JSON.stringify(createPatch(from, to, wholeArrays)));
  const steps = readJsonPatch(patch);
  const applied = steps && applyJsonPatch(from, steps);
  return applied?.kind === 'applied' && sameJson(applied.state, to) ? patch : undefined;
}

/** The package's way with arrays takes time by the product of their lengths. */
function wholeArrays(from: Json, to: Json, at: Pointer): Operation[] | undefined {
  if (!isJsonArray(from) || !isJsonArray(to)) return undefined;
  return sameJson(from, to) ? [] : [{ op: 'replace', path: at.toString(), value: to }];
}

/** None where the step can't be made. */
function changesOf(step: Exclude<Step, Test>, state: Json): readonly Change[] {
  if (!('from' in step)) return [step];
  const value = valueAt(state, step.from);
  if (value === undefined) return [];
  const add = { op: 'add', path: step.path, value } as const;
  if (step.op === 'copy') return [add];
  if (pointerOf(step.path) === pointerOf(step.from)) return [{ op: 'replace', path: step.path, value }];
  const intoItself = step.path.length > step.from.length && leadsTo(step.from, step.path);
  return intoItself ? [] : [{ op: 'remove', path: step.from }, add];
}

function make(change: Change, document: { [ROOT]?: Json }, watch: Watch | undefined): boolean {
  const before = document[ROOT];
  if (before === undefined || !isPossible(change, before) || watch?.allows(change, before) === false) return false;
  const path = pointerOf([ROOT, ...change.path]);
  const [error] = applyPatch(document, [{ ...change, path }]);
  return error === null;
}

/** The package would take some pointers for others: through names that are inherited, and to positions that are not there. */
function isPossible({ op, path }: Change, state: Json): boolean {
  if (path.some((token) => NOT_WALKED.has(token))) return false;
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
