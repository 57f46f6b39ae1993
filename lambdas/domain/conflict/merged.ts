import { type Json, objectOf } from '../json/json-value.ts';
import type { Path } from './json-pointer.ts';

/** Both sides changed the same value differently. */
export const OVERLAP = Symbol('overlap');

/** The merged state, or undefined if it is deleted. */
export type Merged = Json | undefined | typeof OVERLAP;

/** Input of a three-way merge: the common base, the refused write's result, and the current state. */
export interface Sides {
  /** Undefined if the common base is unknown. Then only non-overlapping changes merge. */
  readonly base: Json | undefined;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
}

/** Merges members one by one. One that overlaps makes the whole overlap. */
export function mergeMembers(names: readonly string[], mergeMember: (name: string) => Merged): Merged {
  const members: (readonly [string, Json | undefined])[] = [];
  for (const name of names) {
    const merged = mergeMember(name);
    if (merged === OVERLAP) return OVERLAP;
    members.push([name, merged]);
  }
  return objectOf(members);
}

/** Returns the field that identifies the elements of an array; undefined if the config names none. */
export type ArrayKeyLookup = (array: Path) => string | undefined;
