import { type Applied, applyJsonPatch, type Change, type JsonPatch, type Watch } from './json-patch.ts';
import { leadsTo, type Path, valueAt } from './json-pointer.ts';
import { isJsonArray, type Json, sameJson } from './json-value.ts';

/** Applies a JSON Patch of which nobody knows the base. It may add, and change what it has tested or added itself; nothing else. */
export function overlayJsonPatch(theirs: Json, patch: JsonPatch): Applied {
  return applyJsonPatch(theirs, patch, new KnownParts());
}

/** The parts of a state that the author of a patch knows, whoever has written last. */
class KnownParts implements Watch {
  private paths: readonly Path[] = [];

  allows(change: Change, state: Json): boolean {
    const isAllowed = this.knows(change.path) || isHarmless(change, state);
    if (isAllowed) this.note(change, state);
    return isAllowed;
  }

  tested(path: Path): void {
    this.paths = [...this.paths, path];
  }

  private note({ op, path }: Change, before: Json): void {
    const movesOthers = op !== 'replace' && isElement(path, before);
    // Nobody knows at which position it is, and no other has a new one.
    if (movesOthers && isEnd(path)) return;
    // Whoever sets what is so already does not know it, and may not go on to change it.
    const isOwn = op !== 'remove' && (this.knows(path) || valueAt(before, path) === undefined);
    if (movesOthers) this.forgetElements(path.slice(0, -1));
    if (isOwn) this.paths = [...this.paths, path];
  }

  private knows(path: Path): boolean {
    return this.paths.some((known) => leadsTo(known, path));
  }

  /** Behind an element that came or went, all others have another position. */
  private forgetElements(array: Path): void {
    this.paths = this.paths.filter((known) => known.length <= array.length || !leadsTo(array, known));
  }
}

/** Whether a change does nothing to what is there. */
function isHarmless(change: Change, state: Json): boolean {
  if (change.op === 'remove') return false;
  // Whoever inserts at a position has seen what is before and behind it; the end is where it is.
  if (change.op === 'add' && isElement(change.path, state)) return isEnd(change.path);
  const before = valueAt(state, change.path);
  return before === undefined || sameJson(before, change.value);
}

function isEnd(path: Path): boolean {
  return path.at(-1) === '-';
}

function isElement(path: Path, state: Json): boolean {
  return path.length > 0 && isJsonArray(valueAt(state, path.slice(0, -1)));
}
