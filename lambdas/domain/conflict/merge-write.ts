import { applyJsonPatch } from './json-patch.ts';
import { overlayJsonPatch } from './json-patch-overlay.ts';
import { matchesPath, type Path, pathOf } from './json-pointer.ts';
import type { Json } from './json-value.ts';
import { overlayMergePatch } from './merge-patch.ts';
import { mergeThreeWay } from './merge-three-way.ts';
import { type KeyOf, type Merged, OVERLAP } from './merged.ts';
import { stateToBe, type Write } from './write.ts';

/** What a write and its rival make of a state together; undefined where both or the write alone come to deleting it. */
export function mergeWrite(write: Write, base: Json | undefined, theirs: Json, keyOf: KeyOf): Merged {
  if (write.kind === 'json-patch' && applyJsonPatch(theirs, write.patch).kind === 'test-failed') return OVERLAP;
  return base === undefined ? overlay(write, theirs, keyOf) : mergeFrom(base, write, theirs, keyOf);
}

/** By the pointers of arrays, in which `*` stands for any member or element, the names of the fields that name their elements. */
export function keysOf(arrayKeys: Readonly<Record<string, string>>): KeyOf {
  const patterns: (readonly [Path, string])[] = [];
  for (const [pointer, field] of Object.entries(arrayKeys)) {
    const pattern = pathOf(pointer);
    if (pattern) patterns.push([pattern, field]);
  }
  return (array) => patterns.find(([pattern]) => matchesPath(pattern, array))?.[1];
}

function mergeFrom(base: Json, write: Write, theirs: Json, keyOf: KeyOf): Merged {
  const ours = stateToBe(write, base);
  // The patch does not fit what it is said to be based on.
  if (ours === undefined && write.kind !== 'delete') return OVERLAP;
  return mergeThreeWay({ base, ours, theirs }, keyOf);
}

/** Without a base only what does not overlap. */
function overlay(write: Write, theirs: Json, keyOf: KeyOf): Merged {
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
