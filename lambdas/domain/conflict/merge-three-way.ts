import type { Path } from './json-pointer.ts';
import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  memberOf,
  namesOf,
  objectOf,
  sameJson,
} from './json-value.ts';
import { mergeElements } from './keyed-arrays.ts';
import { type KeyOf, type Merged, OVERLAP, type Sides } from './merged.ts';

interface Objects extends Sides {
  readonly base: JsonObject | undefined;
  readonly ours: JsonObject;
  readonly theirs: JsonObject;
}

/**
 * What both sides have made of the base. What one side alone has changed, added or removed is taken; what both have changed must
 * be the same. It makes no difference which side is called ours.
 */
export function mergeThreeWay(sides: Sides, keyOf: KeyOf, path: Path = []): Merged {
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

function mergeObjects({ base, ours, theirs }: Objects, keyOf: KeyOf, path: Path): Merged {
  const members: (readonly [string, Json | undefined])[] = [];
  for (const name of namesOf(base, theirs, ours)) {
    const member = { base: memberOf(base, name), ours: memberOf(ours, name), theirs: memberOf(theirs, name) };
    const merged = mergeThreeWay(member, keyOf, [...path, name]);
    if (merged === OVERLAP) return OVERLAP;
    members.push([name, merged]);
  }
  return objectOf(members);
}
