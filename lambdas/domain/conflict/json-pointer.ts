import { isJsonArray, isJsonObject, type Json, memberOf } from '../json/json-value.ts';

/** Reference tokens of a JSON Pointer (RFC 6901). */
export type Path = readonly string[];

const ARRAY_INDEX = /^(?:0|[1-9]\d*)$/;

/** Undefined if the text is not a pointer. */
export function pathOf(pointer: string): Path | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  // Unescape in this order: `~01` means a tilde and a 1.
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function pointerOf(path: Path): string {
  return path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Undefined if the path doesn't exist. */
export function valueAt(state: Json | undefined, path: Path): Json | undefined {
  let value = state;
  for (const token of path) {
    if (isJsonArray(value)) value = ARRAY_INDEX.test(token) ? value[Number(token)] : undefined;
    else value = isJsonObject(value) ? memberOf(value, token) : undefined;
  }
  return value;
}

/** Whether a path matches a pattern. `*` matches any member or element. */
export function matchesPath(pattern: Path, path: Path): boolean {
  return pattern.length === path.length && pattern.every((token, at) => token === '*' || token === path[at]);
}

/** Whether `path` equals `other` or is an ancestor of it. */
export function isPrefixOf(path: Path, other: Path): boolean {
  return path.length <= other.length && path.every((token, at) => token === other[at]);
}

/** Array index of a token; undefined if invalid. `-` and `length` mean the position after the last element. */
export function indexIn(array: readonly unknown[], token: string): number | undefined {
  if (token === '-') return array.length;
  return ARRAY_INDEX.test(token) && Number(token) <= array.length ? Number(token) : undefined;
}
