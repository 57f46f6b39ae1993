import fc from 'fast-check';
import { arrayKeyLookup } from '../../../../lambdas/domain/conflict/merge-write.ts';
import type { Json } from '../../../../lambdas/domain/json/json-value.ts';

/** A state and two changed versions of it. */
export interface Versions {
  readonly base: Json;
  readonly ours: Json;
  readonly theirs: Json;
}
type Part = { readonly [Side in keyof Versions]: Json | undefined };

/** Name of the arrays whose elements have ids, at any depth up to 3. */
export const KEYED = 'lines';
export const ARRAY_KEYS = { '/lines': 'id', '/*/lines': 'id', '/lines/*/lines': 'id', '/*/*/lines': 'id' };
export const KEYS = arrayKeyLookup(ARRAY_KEYS);

const scalar: fc.Arbitrary<Json> = fc.constantFrom(null, true, 0, 1, -2.5, '', 'x', 'y');
const leaf: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: scalar, weight: 4 },
  { arbitrary: fc.array(scalar, { maxLength: 3 }), weight: 1 },
);
const name = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString', 'x/y~z');
/** Most parts change on at most one side, so that most states can be merged. */
const CHANGES = [
  { weight: 20, pick: ([was]: Triple): Triple => [was, was, was] },
  { weight: 10, pick: ([was, next]: Triple): Triple => [was, next, was] },
  { weight: 10, pick: ([was, next]: Triple): Triple => [was, was, next] },
  { weight: 3, pick: ([was, next]: Triple): Triple => [was, next, next] },
  { weight: 1, pick: (all: Triple): Triple => all },
];
type Triple = readonly [Json | undefined, Json | undefined, Json | undefined];

const change = fc.oneof(...CHANGES.map(({ weight, pick }) => ({ weight, arbitrary: fc.constant(pick) })));

function changed(value: fc.Arbitrary<Json>): fc.Arbitrary<Part> {
  const perhaps = fc.option(value, { nil: undefined, freq: 4 });
  return fc.tuple(perhaps, perhaps, perhaps, change).map(([was, one, other, pick]) => {
    const [base, ours, theirs] = pick([was, one, other]);
    return { base, ours, theirs };
  });
}

function assembled(parts: readonly (readonly [string, Part])[]): Part {
  const side = (of: keyof Versions): Json => {
    const members: [string, Json][] = [];
    for (const [key, part] of parts) {
      const value = part[of];
      if (value !== undefined) members.push([key, value]);
    }
    return Object.fromEntries(members);
  };
  return { base: side('base'), ours: side('ours'), theirs: side('theirs') };
}

function object(depth: number): fc.Arbitrary<Part> {
  const part = depth === 0 ? changed(leaf) : fc.oneof(changed(leaf), object(depth - 1));
  const members = fc.dictionary(name, part, { maxKeys: 4, noNullPrototype: true });
  return fc
    .tuple(members, fc.option(elements(depth), { nil: undefined }))
    .map(([fields, lines]) => assembled([...Object.entries(fields), ...(lines ? [[KEYED, lines] as const] : [])]));
}

/** Elements exist or not, like other parts. One side may have moved them. */
function elements(depth: number): fc.Arbitrary<Part> {
  const inner =
    depth === 0
      ? fc.dictionary(name, changed(leaf), { maxKeys: 2 }).map((fields) => assembled(Object.entries(fields)))
      : object(depth - 1);
  const element = fc.tuple(inner, changed(fc.constant(true)));
  const ids = fc.uniqueArray(fc.constantFrom(1, 2, 10, '1', 'k'), { maxLength: 4 });
  return ids
    .chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.tuple(...all.map(() => element)),
        fc.constantFrom(...(['ours', 'theirs', undefined, undefined] as const)),
      ),
    )
    .map(([all, parts, mover]) => {
      const side = (of: keyof Versions): Json => {
        const kept = all.flatMap((id, at) => {
          const [fields, presence] = parts[at] ?? [];
          const value = fields?.[of];
          return presence?.[of] === undefined || typeof value !== 'object' || value === null ? [] : [{ ...value, id }];
        });
        return of === mover ? kept.reverse() : kept;
      };
      return { base: side('base'), ours: side('ours'), theirs: side('theirs') };
    });
}

/** Nested objects with arrays, some of whose elements have ids. */
export const versions: fc.Arbitrary<Versions> = object(2).map(({ base = {}, ours = {}, theirs = {} }) => ({
  base,
  ours,
  theirs,
}));

/** A single state of the same kind. */
export const state: fc.Arbitrary<Json> = versions.map(({ ours }) => ours);

/** The same state with each {@link KEYED} array as an object, so that a path leads to the same element on all sides. */
export function unordered(value: Json, key = ''): Json {
  if (Array.isArray(value)) {
    if (key !== KEYED) return value;
    return Object.fromEntries(value.map((element: Json) => [JSON.stringify(idOf(element)), unordered(element)]));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, unordered(inner, member)]));
}

function idOf(element: Json): unknown {
  return typeof element === 'object' && element !== null && 'id' in element ? element.id : undefined;
}
