import { type Applied, applyJsonPatch, type Change, type JsonPatch, type Watch } from './json-patch.ts';
import { leadsTo, type Path, valueAt } from './json-pointer.ts';
import { isJsonArray, type Json, sameJson } from './json-value.ts';

/** Applies a JSON Patch of which nobody knows the base. It may add, and change what it has tested or set itself; nothing else. */
export function overlayJsonPatch(theirs: Json, patch: JsonPatch): Applied {
  return applyJsonPatch(theirs, patch, new KnownParts());
}

/** The parts of a state that the author of a patch knows, whoever has written last. */
class KnownParts implements Watch {
  private paths: readonly Path[] = [];

  allows(change: Change, state: Json): boolean {
    if (this.paths.some((known) => leadsTo(known, change.path))) return true;
    if (change.op === 'remove') return false;
    // Whoever inserts at a position has seen what is before and behind it; the end is where it is.
    if (change.op === 'add' && isElement(change.path, state)) return change.path.at(-1) === '-';
    const before = valueAt(state, change.path);
    return before === undefined || sameJson(before, change.value);
  }

  tested(path: Path): void {
    this.paths = [...this.paths, path];
  }

  changed({ op, path }: Change, state: Json): void {
    if (op !== 'replace' && isElement(path, state)) this.forgetElements(path.slice(0, -1));
    if (op !== 'remove' && path.at(-1) !== '-') this.paths = [...this.paths, path];
  }

  /** Behind an element that came or went, all others have another position. */
  private forgetElements(array: Path): void {
    this.paths = this.paths.filter((known) => known.length <= array.length || !leadsTo(array, known));
  }
}

function isElement(path: Path, state: Json): boolean {
  return path.length > 0 && isJsonArray(valueAt(state, path.slice(0, -1)));
}
