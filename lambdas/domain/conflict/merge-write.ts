import type { Json } from '../json/json-value.ts';
import { applyJsonPatch } from './json-patch.ts';
import { overlayJsonPatch } from './json-patch-overlay.ts';
import { matchesPath, type Path, pathOf } from './json-pointer.ts';
import { overlayMergePatch } from './merge-patch.ts';
import { mergeThreeWay } from './merge-three-way.ts';
import { type ArrayKeyLookup, type Merged, OVERLAP } from './merged.ts';
import { resultingState, type Write } from './write.ts';

/** Merges a write into the current state. Undefined if the merged result is a deletion. */
export function mergeWrite(write: Write, base: Json | undefined, theirs: Json, keyOf: ArrayKeyLookup): Merged {
  if (write.kind === 'json-patch' && applyJsonPatch(theirs, write.patch).kind === 'test-failed') return OVERLAP;
  return base === undefined ? overlay(write, theirs, keyOf) : mergeFrom(base, write, theirs, keyOf);
}

/** Lookup for the key fields of arrays. The pointers may contain `*` for any member or element. */
export function arrayKeyLookup(arrayKeys: Readonly<Record<string, string>>): ArrayKeyLookup {
  const patterns: (readonly [Path, string])[] = [];
  for (const [pointer, field] of Object.entries(arrayKeys)) {
    const pattern = pathOf(pointer);
    if (pattern) patterns.push([pattern, field]);
  }
  return (array) => patterns.find(([pattern]) => matchesPath(pattern, array))?.[1];
}

function mergeFrom(base: Json, write: Write, theirs: Json, keyOf: ArrayKeyLookup): Merged {
  const ours = resultingState(write, base);
  // The patch doesn't apply to its own base.
  if (ours === undefined && write.kind !== 'delete') return OVERLAP;
  return mergeThreeWay({ base, ours, theirs }, keyOf);
}

/** Without a base, only non-overlapping changes merge. */
function overlay(write: Write, theirs: Json, keyOf: ArrayKeyLookup): Merged {
  switch (write.kind) {
    case 'delete':
    case 'opaque':
      return OVERLAP;
    case 'whole':
      return mergeThreeWay({ base: undefined, ours: write.state, theirs }, keyOf);
    case 'merge-patch':
      return overlayMergePatch(theirs, write.patch, keyOf);
    case 'json-patch': {
      const applied = overlayJsonPatch(theirs, write.patch);
      return applied.kind === 'applied' ? applied.state : OVERLAP;
    }
    default:
      return write satisfies never;
  }
}
