import { canonicalNumber } from '../json/exact-number.ts';
import { isJsonNumber, isJsonObject, type Json, type JsonArray, memberOf } from '../json/json-value.ts';
import { type Merged, OVERLAP, type Sides } from './merged.ts';

interface Arrays {
  readonly base: JsonArray;
  readonly ours: JsonArray;
  readonly theirs: JsonArray;
}

/** Key of an element, as text in which 1 and "1" differ, and 1 and 1.0 do not. */
type Key = string;
type Keyed = ReadonlyMap<Key, Json>;
interface KeyedSides {
  readonly base: Keyed;
  readonly ours: Keyed;
  readonly theirs: Keyed;
}

/**
 * Merges arrays element by element, matched by key. If any element lacks a unique key, the arrays count as one value
 * that both sides changed.
 */
export function mergeElements(
  arrays: Arrays,
  field: string,
  mergeElement: (element: Sides, at: string) => Merged,
): JsonArray | typeof OVERLAP {
  const base = keyed(arrays.base, field);
  const ours = keyed(arrays.ours, field);
  const theirs = keyed(arrays.theirs, field);
  if (!base || !ours || !theirs) return OVERLAP;
  const elements = new Map<Key, Json>();
  for (const key of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const element = { base: base.get(key), ours: ours.get(key), theirs: theirs.get(key) };
    // Positions differ between the sides, so patterns match any element by `*`.
    const merged = mergeElement(element, '*');
    if (merged === OVERLAP) return OVERLAP;
    if (merged !== undefined) elements.set(key, merged);
  }
  const order = mergeOrder({ base, ours, theirs }, new Set(elements.keys()));
  return order ? order.map((key) => elements.get(key)).filter((element) => element !== undefined) : OVERLAP;
}

/** Undefined if an element has no key or shares it with another. */
function keyed(array: JsonArray, field: string): Keyed | undefined {
  const elements = new Map<Key, Json>();
  for (const element of array) {
    const name = isJsonObject(element) ? memberOf(element, field) : undefined;
    if (typeof name !== 'string' && !isJsonNumber(name)) return undefined;
    elements.set(typeof name === 'string' ? JSON.stringify(name) : canonicalNumber(name), element);
  }
  return elements.size === array.length ? elements : undefined;
}

/**
 * Merges the order of the remaining elements. If one side alone reordered, its order wins; otherwise both orders are
 * interleaved. Undefined if they contradict each other.
 */
function mergeOrder({ base, ours, theirs }: KeyedSides, left: ReadonlySet<Key>): readonly Key[] | undefined {
  const [was, mine, other] = [[...base.keys()], [...ours.keys()], [...theirs.keys()]] as const;
  if (sameOrder(mine, was)) return other;
  if (sameOrder(other, was)) return mine;
  return interleaved(
    mine.filter((key) => left.has(key)),
    other.filter((key) => left.has(key)),
  );
}

/** Interleaves two orders. Breaks ties by key, so that swapping the sides gives the same result. */
function interleaved(one: readonly Key[], other: readonly Key[]): readonly Key[] | undefined {
  const [ofOne, ofOther] = [new Set(one), new Set(other)];
  const order: Key[] = [];
  let [at, otherAt] = [0, 0];
  while (at < one.length || otherAt < other.length) {
    const [first, second] = [one[at], other[otherAt]];
    const candidates = [
      first !== undefined && (first === second || !ofOther.has(first)) ? first : undefined,
      second !== undefined && (first === second || !ofOne.has(second)) ? second : undefined,
    ].filter((key) => key !== undefined);
    const [next] = candidates.sort(byName);
    if (next === undefined) return undefined;
    order.push(next);
    if (next === first) at++;
    if (next === second) otherAt++;
  }
  return order;
}

function sameOrder(a: readonly Key[], b: readonly Key[]): boolean {
  return a.length === b.length && a.every((key, at) => key === b[at]);
}

/** Sorts numbers by value, before strings. */
function byName(a: Key, b: Key): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : 1;
}
