import { isJsonObject, type Json, memberOf, namesOf, objectOf, sameJson } from '../json/json-value.ts';
import type { Path } from './json-pointer.ts';
import { mergeThreeWay } from './merge-three-way.ts';
import { type ArrayKeyLookup, type Merged, mergeMembers, OVERLAP } from './merged.ts';

/** Applies a JSON Merge Patch (RFC 7396). */
export function applyMergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const before = isJsonObject(target) ? target : {};
  return objectOf(
    namesOf(before, patch).map((name) => {
      const change = memberOf(patch, name);
      const value = memberOf(before, name);
      if (change === undefined) return [name, value];
      return [name, change === null ? undefined : applyMergePatch(value, change)];
    }),
  );
}

/**
 * Applies a patch with an unknown base. Fields that it sets must be absent or equal; fields that it removes must be
 * absent.
 */
export function overlayMergePatch(
  theirs: Json | undefined,
  patch: Json,
  keyOf: ArrayKeyLookup,
  path: Path = [],
): Merged {
  if (!isJsonObject(patch)) return mergeThreeWay({ base: undefined, ours: patch, theirs }, keyOf, path);
  if (theirs === undefined) return applyMergePatch(undefined, patch);
  if (!isJsonObject(theirs)) return OVERLAP;
  return mergeMembers(namesOf(theirs, patch), (name) =>
    overlayMember(memberOf(theirs, name), memberOf(patch, name), keyOf, [...path, name]),
  );
}

function overlayMember(theirs: Json | undefined, change: Json | undefined, keyOf: ArrayKeyLookup, path: Path): Merged {
  if (change === undefined) return theirs;
  if (change === null) return theirs === undefined ? undefined : OVERLAP;
  return overlayMergePatch(theirs, change, keyOf, path);
}

/** The patch that turns one state into another. Undefined if it would have to set a null, since null means removal. */
export function diffMergePatch(from: Json | undefined, to: Json): Json | undefined {
  if (!isJsonObject(to)) return to;
  const before = isJsonObject(from) ? from : undefined;
  const members: (readonly [string, Json])[] = [];
  for (const name of namesOf(before, to)) {
    const [was, is] = [memberOf(before, name), memberOf(to, name)];
    if (sameJson(was, is)) continue;
    const change = is === undefined ? null : memberPatch(was, is);
    if (change === undefined) return undefined;
    members.push([name, change]);
  }
  return objectOf(members);
}

function memberPatch(was: Json | undefined, is: Json): Json | undefined {
  return is === null ? undefined : diffMergePatch(was, is);
}
