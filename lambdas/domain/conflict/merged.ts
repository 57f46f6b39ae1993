import type { Path } from './json-pointer.ts';
import type { Json } from './json-value.ts';

/** Both sides have changed the same thing, each in its own way. */
export const OVERLAP = Symbol('overlap');

/** The merged state; undefined where it is absent. */
export type Merged = Json | undefined | typeof OVERLAP;

export interface Sides {
  /** Absent where nobody knows what both started from: then only what does not overlap is merged. */
  readonly base: Json | undefined;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
}

/** The field that names the elements of the array at a path; undefined where the config names none. */
export type KeyOf = (array: Path) => string | undefined;
