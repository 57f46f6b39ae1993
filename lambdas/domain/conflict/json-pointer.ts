import { isJsonArray, isJsonObject, type Json, memberOf } from './json-value.ts';

/** The names and indexes that a JSON Pointer (RFC 6901) consists of. */
export type Path = readonly string[];

const ARRAY_INDEX = /^(?:0|[1-9]\d*)$/;

/** Undefined where the text is no pointer. */
export function pathOf(pointer: string): Path | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  // In this order: `~01` is a tilde and a 1.
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function pointerOf(path: Path): string {
  return path.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Undefined where nothing is there. */
export function valueAt(state: Json | undefined, path: Path): Json | undefined {
  let value = state;
  for (const token of path) {
    if (isJsonArray(value)) value = ARRAY_INDEX.test(token) ? value[Number(token)] : undefined;
    else value = isJsonObject(value) ? memberOf(value, token) : undefined;
  }
  return value;
}

/** Whether a path is the one that a pattern means; `*` stands for any member or element. */
export function matchesPath(pattern: Path, path: Path): boolean {
  return pattern.length === path.length && pattern.every((token, at) => token === '*' || token === path[at]);
}

/** Whether a path is the other one, or leads to it. */
export function leadsTo(path: Path, other: Path): boolean {
  return path.length <= other.length && path.every((token, at) => token === other[at]);
}

/** The position that a token means in an array; undefined where it means none. `length` is the position after the last. */
export function indexIn(array: readonly unknown[], token: string): number | undefined {
  if (token === '-') return array.length;
  return ARRAY_INDEX.test(token) && Number(token) <= array.length ? Number(token) : undefined;
}
