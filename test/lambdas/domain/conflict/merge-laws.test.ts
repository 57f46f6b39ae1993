import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyJsonPatch, diffJsonPatch, readJsonPatch } from '../../../../lambdas/domain/conflict/json-patch.ts';
import { type Path, valueAt } from '../../../../lambdas/domain/conflict/json-pointer.ts';
import { applyMergePatch, diffMergePatch } from '../../../../lambdas/domain/conflict/merge-patch.ts';
import { mergeThreeWay } from '../../../../lambdas/domain/conflict/merge-three-way.ts';
import { OVERLAP } from '../../../../lambdas/domain/conflict/merged.ts';
import { isJsonObject, type Json, sameJson } from '../../../../lambdas/domain/json/json-value.ts';
import { KEYED, KEYS, state, unordered, type Versions, versions } from './arbitrary-states.ts';

/** A bug in the merge appears within 60 runs. */
const RUNS = { numRuns: 250 };
const merge = (base: Json | undefined, ours: Json, theirs: Json) => mergeThreeWay({ base, ours, theirs }, KEYS);

/** Paths to all values without members. */
function leaves(value: Json, path: Path = []): readonly Path[] {
  const members = isJsonObject(value) ? Object.entries(value) : [];
  return members.length === 0 ? [path] : members.flatMap(([name, member]) => leaves(member, [...path, name]));
}

/** The versions and their merge. Undefined if the merge fails. */
function merged({ base, ours, theirs }: Versions) {
  const result = merge(base, ours, theirs);
  if (result === OVERLAP || result === undefined) return undefined;
  const [was, one, other, both] = [base, ours, theirs, result].map((side) => unordered(side));
  if (was === undefined || one === undefined || other === undefined || both === undefined) return undefined;
  return { was, one, other, both };
}

describe('a merge of whatever states', () => {
  it('is more than what one of them has made in many of the cases that these laws try, and a conflict in others', () => {
    const tried = fc.sample(versions, { numRuns: 400, seed: 1 });
    const results = tried.map((all) => merged(all));
    const real = results.filter((all) => all && !sameJson(all.both, all.one) && !sameJson(all.both, all.other));
    expect(real.length).toBeGreaterThan(50);
    expect(results.filter((all) => !all).length).toBeGreaterThan(80);
  });

  it('loses nothing that only one side has changed', () => {
    fc.assert(
      fc.property(versions, (all) => {
        const sides = merged(all);
        if (!sides) return;
        const { was, one, other, both } = sides;
        for (const path of [...leaves(was), ...leaves(one), ...leaves(other)]) {
          const [before, mine, theirs] = [was, one, other].map((side) => valueAt(side, path));
          const after = valueAt(both, path);
          if (sameJson(theirs, before)) expect(after).toEqual(mine);
          if (sameJson(mine, before)) expect(after).toEqual(theirs);
        }
      }),
      RUNS,
    );
  });

  it('holds nothing that neither side has', () => {
    fc.assert(
      fc.property(versions, (all) => {
        const sides = merged(all);
        if (!sides) return;
        for (const path of leaves(sides.both)) {
          const [value, mine, theirs] = [sides.both, sides.one, sides.other].map((side) => valueAt(side, path));
          // Each side may have removed a different member, which leaves the object empty.
          if (isJsonObject(value)) expect([mine, theirs].some(isJsonObject)).toBe(true);
          else expect(sameJson(value, mine) || sameJson(value, theirs)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('is the same whichever side comes first, and so is a conflict', () => {
    fc.assert(
      fc.property(versions, fc.boolean(), ({ base, ours, theirs }, known) => {
        const from = known ? base : undefined;
        expect(merge(from, theirs, ours)).toEqual(merge(from, ours, theirs));
      }),
      RUNS,
    );
  });

  it('of named elements is the same whichever side comes first, keeps both orders, and brings none back', () => {
    const lists = fc
      .shuffledSubarray([1, 2, 10, '1', 'k'])
      .map((ids): Json => ({ [KEYED]: ids.map((id) => ({ id })) }));
    const idsOf = (list: Json) => valueAt(list, [KEYED]) as readonly Json[];
    fc.assert(
      fc.property(fc.option(lists, { nil: undefined }), lists, lists, (base, ours, theirs) => {
        const both = merge(base, ours, theirs);
        expect(merge(base, theirs, ours)).toEqual(both);
        if (both === OVERLAP || both === undefined) return;
        const isIn = (list: Json, element: Json) => idsOf(list).some((each) => sameJson(each, element));
        for (const side of [ours, theirs]) {
          const kept = idsOf(both).filter((element) => isIn(side, element));
          if (base === undefined) expect(kept).toEqual(idsOf(side));
          else for (const was of idsOf(base)) if (!isIn(side, was)) expect(isIn(both, was)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is what one side has made of it, where the other has done nothing or the same', () => {
    fc.assert(
      fc.property(versions, ({ base, ours }) => {
        expect(merge(base, ours, base)).toEqual(ours);
        expect(merge(base, base, ours)).toEqual(ours);
        expect(merge(base, ours, ours)).toEqual(ours);
        expect(merge(undefined, ours, ours)).toEqual(ours);
      }),
      RUNS,
    );
  });

  it('without a base keeps all that is there', () => {
    fc.assert(
      fc.property(versions, ({ ours, theirs }) => {
        const both = merge(undefined, ours, theirs);
        if (both === OVERLAP || both === undefined) return;
        for (const side of [ours, theirs].map((one) => unordered(one))) {
          for (const path of leaves(side)) {
            const value = valueAt(side, path);
            if (!isJsonObject(value)) expect(valueAt(unordered(both), path)).toEqual(value);
          }
        }
      }),
      RUNS,
    );
  });
});

describe('the patch between two states', () => {
  const lists = fc.array(fc.constantFrom<Json[]>(null, 0, 1, 'x'), { maxLength: 3 }).map((a): Json => ({ a }));
  const pair = fc.oneof({ weight: 3, arbitrary: fc.tuple(state, state) }, fc.tuple(lists, lists));

  it('leads from one to the other, where a merge patch can say so', () => {
    fc.assert(
      fc.property(pair, ([from, to]) => {
        const patch = diffMergePatch(from, to);
        if (patch === undefined) expect(JSON.stringify(to)).toContain('null');
        else expect(applyMergePatch(from, patch)).toEqual(to);
      }),
      RUNS,
    );
  });

  it('leads from one to the other as a JSON Patch', () => {
    fc.assert(
      fc.property(pair, ([from, to]) => {
        const patch = diffJsonPatch(from, to);
        if (patch === undefined) {
          expect(JSON.stringify([from, to])).toContain('constructor');
          return;
        }
        const steps = readJsonPatch(patch);
        expect(steps && applyJsonPatch(from, steps)).toEqual({ kind: 'applied', state: to });
      }),
      RUNS,
    );
  });
});
