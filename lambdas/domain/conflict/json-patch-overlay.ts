import { isJsonArray, type Json, sameJson } from '../json/json-value.ts';
import { applyJsonPatch, type Change, type JsonPatch, type PatchObserver, type PatchResult } from './json-patch.ts';
import { isPrefixOf, type Path, valueAt } from './json-pointer.ts';

/**
 * Applies a JSON Patch with an unknown base. The patch may add parts, and change parts that it has tested or added. All
 * other changes are refused.
 */
export function overlayJsonPatch(theirs: Json, patch: JsonPatch): PatchResult {
  return applyJsonPatch(theirs, patch, new KnownPaths());
}

/** The paths that the patch's author provably knows, independent of later writes. */
class KnownPaths implements PatchObserver {
  private paths: readonly Path[] = [];

  allows(change: Change, state: Json): boolean {
    const isAllowed = this.knows(change.path) || keepsExisting(change, state);
    if (isAllowed) this.note(change, state);
    return isAllowed;
  }

  tested(path: Path): void {
    this.paths = [...this.paths, path];
  }

  private note({ op, path }: Change, before: Json): void {
    const movesOthers = op !== 'replace' && isElement(path, before);
    // The appended element's position is unknown, and all other elements keep theirs.
    if (movesOthers && isEnd(path)) return;
    // Setting an existing value to itself proves no knowledge, so the patch may not change that value afterwards.
    const isOwn = op !== 'remove' && (this.knows(path) || valueAt(before, path) === undefined);
    if (movesOthers) this.forgetElements(path.slice(0, -1));
    if (isOwn) this.paths = [...this.paths, path];
  }

  private knows(path: Path): boolean {
    return this.paths.some((known) => isPrefixOf(known, path));
  }

  /** After an insertion or removal, the elements have new positions. */
  private forgetElements(array: Path): void {
    this.paths = this.paths.filter((known) => known.length <= array.length || !isPrefixOf(array, known));
  }
}

/** Whether a change leaves existing data as it is. */
function keepsExisting(change: Change, state: Json): boolean {
  if (change.op === 'remove') return false;
  // Inserting at an index implies knowledge of the neighbors. Appending implies none.
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
