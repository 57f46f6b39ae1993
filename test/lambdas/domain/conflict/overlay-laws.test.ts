import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch, type JsonPatch } from '../../../../lambdas/domain/conflict/json-patch.ts';
import { isPrefixOf, type Path, pointerOf, valueAt } from '../../../../lambdas/domain/conflict/json-pointer.ts';
import { mergeWrite } from '../../../../lambdas/domain/conflict/merge-write.ts';
import { OVERLAP } from '../../../../lambdas/domain/conflict/merged.ts';
import { readWrite, resultingState, rewrite, type Write } from '../../../../lambdas/domain/conflict/write.ts';
import { isJsonArray, isJsonObject, type Json, sameJson } from '../../../../lambdas/domain/json/json-value.ts';
import { jsonPatches, KEYS, marksIn, mergePatches, type Strangers, wholes } from './arbitrary-overlays.ts';
import { KEYED, unordered } from './arbitrary-states.ts';
import { patch as patchOf, put } from './conflict-samples.ts';

const RUNS = { numRuns: 250 };
const overlay = (write: Write, theirs: Json) => mergeWrite(write, undefined, theirs, KEYS);
const KINDS = [
  ['PUT', wholes, (state: Json): Write => ({ kind: 'whole', state })],
  ['merge patch', mergePatches, (patch: Json): Write => ({ kind: 'merge-patch', patch })],
] as const;

/** Paths to all values without members. An id identifies an element. */
function leaves(value: Json, path: Path = []): readonly Leaf[] {
  const members = isJsonObject(value) ? Object.entries(value) : [];
  return members.length === 0
    ? [{ path, value }]
    : members.flatMap(([name, member]) => leaves(member, [...path, name]));
}
interface Leaf {
  readonly path: Path;
  readonly value: Json;
}

/** A state with keyed arrays as objects, even if the state itself is such an array. */
function named(state: Json): Json {
  return isJsonArray(state) ? { root: unordered(state, KEYED) } : unordered(state);
}

/** A null in a merge patch removes a member. Inside an array it is a value. */
function removes({ path, value }: Leaf, write: Write): boolean {
  return write.kind === 'merge-patch' && value === null && !path.slice(0, -1).includes(KEYED) && path[0] !== 'root';
}

/** Whether no state can have both leaves. */
function clash(mine: Leaf, theirs: Leaf, write: Write): boolean {
  const isInside = (outer: Leaf, inner: Leaf) =>
    isPrefixOf(outer.path, inner.path) && outer.path.length < inner.path.length;
  const isRoom = ({ value }: Leaf) => isJsonObject(value);
  if (isInside(theirs, mine)) return !isRoom(theirs);
  if (isInside(mine, theirs)) return removes(mine, write) || !isRoom(mine);
  return isPrefixOf(mine.path, theirs.path) && (removes(mine, write) || !sameJson(mine.value, theirs.value));
}

/** The ids of each array's elements, in order. */
function orders(value: Json, path = ''): ReadonlyMap<string, readonly string[]> {
  if (typeof value !== 'object' || value === null) return new Map();
  const ids = isJsonArray(value) ? value.map((element) => JSON.stringify(valueAt(element, ['id']))) : [];
  const members = Object.entries(value).map(([name, member]: [string, Json], at) => [ids[at] ?? name, member] as const);
  const inner = members.flatMap(([name, member]) => [...orders(member, `${path}/${name}`)]);
  return new Map([...(isJsonArray(value) ? [[path, ids] as const] : []), ...inner]);
}

/** Whether two common elements are in the opposite order. */
function isMoved(one: readonly string[], other: readonly string[]): boolean {
  const common = one.filter((id) => other.includes(id));
  return !sameJson(
    common,
    other.filter((id) => one.includes(id)),
  );
}

function overlaps(write: Write, { ours, theirs }: Strangers): boolean {
  const [mine, other] = [leaves(named(ours)), leaves(named(theirs))];
  if (mine.some((leaf) => other.some((their) => clash(leaf, their, write)))) return true;
  const theirOrders = orders(theirs);
  return [...orders(ours)].some(([array, ids]) => isMoved(ids, theirOrders.get(array) ?? []));
}

describe.each(KINDS)('a %s of which nobody knows the base', (_, strangers, writeOf) => {
  it('keeps all that is there, in its order', () => {
    fc.assert(
      fc.property(strangers, ({ ours, theirs }) => {
        const merged = overlay(writeOf(ours), theirs);
        if (merged === OVERLAP || merged === undefined) return;
        const all = named(merged);
        for (const { path, value } of leaves(named(theirs))) {
          if (isJsonObject(value)) expect(isJsonObject(valueAt(all, path))).toBe(true);
          else expect(valueAt(all, path)).toEqual(value);
        }
        const after = orders(merged);
        for (const [array, ids] of orders(theirs)) expect(isMoved(ids, after.get(array) ?? [])).toBe(false);
      }),
      RUNS,
    );
  });

  it('adds all that it wants, and nothing that neither has', () => {
    fc.assert(
      fc.property(strangers, ({ ours, theirs }) => {
        const write = writeOf(ours);
        const merged = overlay(write, theirs);
        if (merged === OVERLAP || merged === undefined) return;
        const [all, mine, other] = [named(merged), named(ours), named(theirs)];
        for (const leaf of leaves(mine)) {
          if (removes(leaf, write)) expect(valueAt(all, leaf.path)).toBeUndefined();
          else if (!isJsonObject(leaf.value)) expect(valueAt(all, leaf.path)).toEqual(leaf.value);
        }
        for (const { path, value } of leaves(all)) {
          const sides = [mine, other].map((side) => valueAt(side, path));
          // Removing the only members of a missing object leaves an empty object.
          if (isJsonObject(value)) expect(sides.some(isJsonObject)).toBe(true);
          else expect(sides.some((side) => sameJson(side, value))).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('overlaps where no state can hold both, and nowhere else', () => {
    const seen = { overlaps: 0, merges: 0 };
    fc.assert(
      fc.property(strangers, (sides) => {
        const write = writeOf(sides.ours);
        const merged = overlay(write, sides.theirs);
        expect(merged === OVERLAP).toBe(overlaps(write, sides));
        if (merged === OVERLAP) seen.overlaps++;
        else if (!sameJson(merged, sides.theirs)) seen.merges++;
      }),
      RUNS,
    );

    expect(seen.overlaps).toBeGreaterThan(5);
    expect(seen.merges).toBeGreaterThan(5);
  });

  it('has nothing more to add to what it has led to', () => {
    fc.assert(
      fc.property(strangers, ({ ours, theirs }) => {
        const write = writeOf(ours);
        const merged = overlay(write, theirs);
        if (merged === OVERLAP || merged === undefined) return;
        expect(overlay(write, merged)).toEqual(merged);
        expect(overlay({ kind: 'whole', state: merged }, theirs)).toEqual(merged);
      }),
      RUNS,
    );
  });
});

/** All texts that the patch tests, and that its author therefore knows. */
function pinned(patch: JsonPatch): ReadonlySet<string> {
  return new Set(patch.flatMap((step) => (step.op === 'test' ? marksIn(step.value).map(({ mark }) => mark) : [])));
}

/** The texts of each place, in order. */
function byPlace(marks: ReturnType<typeof marksIn>): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, readonly string[]>();
  for (const { place, mark } of marks) places.set(place, [...(places.get(place) ?? []), mark]);
  return places;
}

/** Whether a step is impossible, or harms something that the previous step didn't test. */
function doesHarm(patch: JsonPatch, theirs: Json): boolean {
  let state = theirs;
  for (const [at, step] of patch.entries()) {
    const made = applyJsonPatch(state, [step]);
    if (made.kind !== 'applied') return true;
    const before = patch[at - 1];
    const isTested = before?.op === 'test' && isPrefixOf(before.path, step.path) && step.op !== 'move';
    if (!isTested && isHarm(step, state, made.state)) return true;
    state = made.state;
  }
  return false;
}

/** Whether a step removes or replaces a value, or inserts one before another. */
function isHarm(step: JsonPatch[number], before: Json, after: Json): boolean {
  const { op, path } = step;
  if (op === 'remove' || op === 'move') return op === 'remove' || !sameJson(step.from, path);
  const isInserted = (op === 'add' || op === 'copy') && isJsonArray(valueAt(before, path.slice(0, -1)));
  if (isInserted) return path.at(-1) !== '-';
  const there = valueAt(before, path);
  return there !== undefined && !sameJson(there, valueAt(after, path));
}

describe('a JSON Patch of which nobody knows the base', () => {
  const whenMerged = (check: (merged: Json, patch: JsonPatch, theirs: Json) => void) => {
    let changes = 0;
    fc.assert(
      fc.property(jsonPatches, ({ theirs, patch }) => {
        const merged = overlay({ kind: 'json-patch', patch }, theirs);
        if (merged === OVERLAP || merged === undefined) return;
        if (!sameJson(merged, theirs)) changes++;
        check(merged, patch, theirs);
      }),
      { numRuns: 500 },
    );

    expect(changes).toBeGreaterThan(60);
  };

  it('changes, moves and removes nothing but what it has tested', () => {
    whenMerged((merged, patch, theirs) => {
      const known = pinned(patch);
      const kept = marksIn(theirs).filter(({ mark }) => !known.has(mark));
      for (const [place, marks] of byPlace(kept)) {
        // Copied texts may be in between.
        let found = 0;
        for (const mark of byPlace(marksIn(merged)).get(place) ?? []) if (mark === marks[found]) found++;
        expect(marks.slice(found)).toEqual([]);
      }
    });
  });

  it('leaves every object and array what it is, unless it has tested something', () => {
    whenMerged((merged, patch, theirs) => {
      if (patch.some(({ op }) => op === 'test')) return;
      const check = (before: Json, path: Path): void => {
        if (typeof before !== 'object' || before === null) return;
        const after = valueAt(merged, path);
        expect([isJsonArray(after), isJsonObject(after)]).toEqual([isJsonArray(before), isJsonObject(before)]);
        for (const [name, member] of Object.entries(before)) check(member, [...path, name]);
      };
      check(theirs, []);
    });
  });

  it('makes what it would make of theirs, out of nothing that neither has', () => {
    whenMerged((merged, patch, theirs) => {
      expect(applyJsonPatch(theirs, patch)).toEqual({ kind: 'applied', state: merged });
      const values = patch.flatMap((step) => ('value' in step ? [step.value] : []));
      const marks = new Set([theirs, ...values].flatMap((value) => marksIn(value)).map(({ mark }) => mark));
      for (const { mark } of marksIn(merged)) expect(marks).toContain(mark);
    });
  });

  it('overlaps only if one of its steps is impossible or does harm', () => {
    let overlapping = 0;
    fc.assert(
      fc.property(jsonPatches, ({ theirs, patch }) => {
        if (overlay({ kind: 'json-patch', patch }, theirs) !== OVERLAP) return;
        overlapping++;
        expect(doesHarm(patch, theirs)).toBe(true);
      }),
      { numRuns: 500 },
    );

    expect(overlapping).toBeGreaterThan(60);
  });
});

/** A step as it appears in a request body. */
function bodyOf(step: JsonPatch[number]): Json {
  const operation = { op: step.op, path: pointerOf(step.path) };
  if ('from' in step) return { ...operation, from: pointerOf(step.from) };
  return 'value' in step ? { ...operation, value: step.value } : operation;
}

it('the replacement leads from their state to the merge, and changes nothing when applied again', () => {
  const written = fc.oneof(
    wholes.map(({ ours, theirs }) => ({ theirs, operation: put(ours) })),
    mergePatches.map(({ ours, theirs }) => ({ theirs, operation: patchOf(ours, 'merge-patch') })),
    jsonPatches.map(({ patch, theirs }) => ({ theirs, operation: patchOf(patch.map(bodyOf), 'json-patch') })),
  );
  let sent = 0;
  fc.assert(
    fc.property(written, ({ operation, theirs }) => {
      const write = readWrite(operation);
      if (!write) throw new Error('no write');
      const merged = overlay(write, theirs);
      if (merged === OVERLAP || merged === undefined) return;
      const next = rewrite(operation, write, theirs, merged);
      const again = next && readWrite(next);
      if (!again) return;
      sent++;
      expect(resultingState(again, theirs)).toEqual(merged);
      // A JSON Patch that removes something can't be applied twice.
      expect([merged, undefined]).toContainEqual(resultingState(again, merged));
    }),
    RUNS,
  );

  expect(sent).toBeGreaterThan(60);
});
