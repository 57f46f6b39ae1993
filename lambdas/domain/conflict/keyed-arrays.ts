import { isJsonObject, type Json, type JsonArray, memberOf } from './json-value.ts';
import { type Merged, OVERLAP, type Sides } from './merged.ts';

interface Arrays {
  readonly base: JsonArray;
  readonly ours: JsonArray;
  readonly theirs: JsonArray;
}

/** The name of an element, as JSON text: 1 and "1" are two names. */
type Key = string;
type Keyed = ReadonlyMap<Key, Json>;
interface KeyedSides {
  readonly base: Keyed;
  readonly ours: Keyed;
  readonly theirs: Keyed;
}

/**
 * Merges arrays whose elements have names, one element after the other. An array in which not every element has a name of its own
 * is one thing: there both sides have changed it.
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
    // The position within the array means nothing, and differs from side to side: patterns name it `*`.
    const merged = mergeElement(element, '*');
    if (merged === OVERLAP) return OVERLAP;
    if (merged !== undefined) elements.set(key, merged);
  }
  const order = mergeOrder({ base, ours, theirs }, new Set(elements.keys()));
  return order ? order.map((key) => elements.get(key)).filter((element) => element !== undefined) : OVERLAP;
}

/** Undefined where an element has no name, or not one of its own. */
function keyed(array: JsonArray, field: string): Keyed | undefined {
  const elements = new Map<Key, Json>();
  for (const element of array) {
    const name = isJsonObject(element) ? memberOf(element, field) : undefined;
    if (typeof name !== 'string' && typeof name !== 'number') return undefined;
    elements.set(JSON.stringify(name), element);
  }
  return elements.size === array.length ? elements : undefined;
}

/**
 * The order of what is left: that of the side which alone has changed it, or one in which each side has its elements in its own
 * order. Undefined where there is none, because one has before the other what the other has behind it.
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

/** Where either may come first, it goes by their names: it must make no difference which side is called ours. */
function interleaved(one: readonly Key[], other: readonly Key[]): readonly Key[] | undefined {
  const [ofOne, ofOther] = [new Set(one), new Set(other)];
  const order: Key[] = [];
  let [at, otherAt] = [0, 0];
  while (at < one.length || otherAt < other.length) {
    const [first, second] = [one[at], other[otherAt]];
    const mayCome = [
      first !== undefined && (first === second || !ofOther.has(first)) ? first : undefined,
      second !== undefined && (first === second || !ofOne.has(second)) ? second : undefined,
    ].filter((key) => key !== undefined);
    const [next] = mayCome.sort(byName);
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

/** Numbers by their size, before texts. */
function byName(a: Key, b: Key): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : 1;
}
