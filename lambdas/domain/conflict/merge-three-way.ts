import { isJsonArray, isJsonObject, type JsonObject, memberOf, namesOf, sameJson } from '../json/json-value.ts';
import type { Path } from './json-pointer.ts';
import { mergeElements } from './keyed-arrays.ts';
import { type ArrayKeyLookup, type Merged, mergeMembers, OVERLAP, type Sides } from './merged.ts';

interface Objects extends Sides {
  readonly base: JsonObject | undefined;
  readonly ours: JsonObject;
  readonly theirs: JsonObject;
}

/**
 * Three-way merge. Takes every change that one side alone made; a change of both sides must be identical. Swapping the
 * sides gives the same result.
 */
export function mergeThreeWay(sides: Sides, keyOf: ArrayKeyLookup, path: Path = []): Merged {
  const { base, ours, theirs } = sides;
  if (sameJson(ours, theirs) || sameJson(theirs, base)) return ours;
  if (sameJson(ours, base)) return theirs;
  if (isJsonObject(ours) && isJsonObject(theirs) && (base === undefined || isJsonObject(base))) {
    return mergeObjects({ base, ours, theirs }, keyOf, path);
  }
  const key = keyOf(path);
  if (key !== undefined && isJsonArray(ours) && isJsonArray(theirs) && (base === undefined || isJsonArray(base))) {
    return mergeElements({ base: base ?? [], ours, theirs }, key, (element, at) =>
      mergeThreeWay(element, keyOf, [...path, at]),
    );
  }
  return OVERLAP;
}

function mergeObjects({ base, ours, theirs }: Objects, keyOf: ArrayKeyLookup, path: Path): Merged {
  return mergeMembers(namesOf(base, theirs, ours), (name) => {
    const member = { base: memberOf(base, name), ours: memberOf(ours, name), theirs: memberOf(theirs, name) };
    return mergeThreeWay(member, keyOf, [...path, name]);
  });
}
