import fc from 'fast-check';
import { applyJsonPatch, type JsonPatch } from '../../../../lambdas/domain/conflict/json-patch.ts';
import { type Path, valueAt } from '../../../../lambdas/domain/conflict/json-pointer.ts';
import type { ArrayKeyLookup } from '../../../../lambdas/domain/conflict/merged.ts';
import { isJsonArray, isJsonObject, type Json } from '../../../../lambdas/domain/json/json-value.ts';
import { KEYED, state } from './arbitrary-states.ts';

/** A state and a write whose author didn't know that state. */
export interface Strangers {
  readonly theirs: Json;
  readonly ours: Json;
}

/** Works also if the state itself is an array. */
export const KEYS: ArrayKeyLookup = (array) => (array.length === 0 || array.at(-1) === KEYED ? 'id' : undefined);

type Side = 'ours' | 'theirs';
/** Which side has a part. `changed`: both, with different values. `removed`: they have it, and our patch removes it. */
type Draw = () => 'both' | 'changed' | 'removed' | Side;

const DRAWS = ['both', 'both', 'both', 'ours', 'ours', 'ours', 'theirs', 'theirs', 'theirs'] as const;
const CLASHES = [...DRAWS, ...DRAWS, ...DRAWS, 'changed', 'removed'] as const;
const draws = fc.oneof(fc.constant(DRAWS), fc.constant(CLASHES)).chain((all) =>
  fc.array(fc.constantFrom(...all), { minLength: 30, maxLength: 30 }).map((drawn) => (): Draw => {
    let next = 0;
    return () => drawn[next++ % drawn.length] ?? 'both';
  }),
);

/** One side's part of a whole. With the same draws, both sides agree on who has what. */
function partOf(whole: Json, side: Side, draw: Draw, isPatch: boolean): Json {
  if (!isJsonObject(whole)) return whole;
  const members: [string, Json][] = [];
  for (const [name, value] of Object.entries(whole)) {
    const who = name === 'id' ? 'both' : draw();
    const inner = name === KEYED ? elementsOf(value, side, draw) : partOf(value, side, draw, isPatch);
    const clashes = who === 'changed' || (who === 'removed' && !isPatch);
    if (who === 'both' || who === side || (clashes && side === 'theirs')) members.push([name, inner]);
    else if (clashes) members.push([name, anotherThan(value)]);
    else if (who === 'removed') members.push([name, side === 'ours' ? null : inner]);
  }
  return Object.fromEntries(members);
}

/** A value that differs, for some also in type. */
function anotherThan(value: Json): Json {
  return typeof value === 'number' ? { a: 'another' } : 'another';
}

/** A merge patch can't address an element of an array, so each element is a plain value. */
function elementsOf(array: Json, side: Side, draw: Draw): Json {
  if (!isJsonArray(array)) return array;
  const kept = array.flatMap((element) => {
    const who = draw();
    const inner = partOf(element, side, draw, false);
    return who === 'both' || who === 'changed' || who === side ? [inner] : [];
  });
  return draw() === 'changed' && side === 'ours' ? kept.reverse() : kept;
}

function strangers(isPatch: boolean): fc.Arbitrary<Strangers> {
  return fc.tuple(state, draws, fc.nat(9)).map(([drawn, begin, kind]) => {
    const lines = valueAt(drawn, [KEYED]);
    const part = (side: Side) => {
      const draw = begin();
      return kind === 0 && lines !== undefined ? elementsOf(lines, side, draw) : partOf(drawn, side, draw, isPatch);
    };
    return { theirs: part('theirs'), ours: part('ours') };
  });
}

/** Our write is a whole state. */
export const wholes = strangers(false);
/** Our write is a merge patch. */
export const mergePatches = strangers(true);

/** A state in which each text is unique and so identifies its place. */
const marked: fc.Arbitrary<Json> = fc
  .letrec<{ leaf: Json; object: Json; array: Json }>((tie) => {
    const inner = fc.oneof({ maxDepth: 2 }, tie('leaf'), tie('leaf'), tie('object'), tie('array'));
    return {
      leaf: fc.constant(null),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'x/y~z'), inner, { maxKeys: 3, noNullPrototype: true }),
      array: fc.array(inner, { maxLength: 3 }),
    };
  })
  .object.map((drawn) => {
    let marks = 0;
    const mark = (value: Json): Json => {
      if (isJsonArray(value)) return value.map(mark);
      if (!isJsonObject(value)) return `theirs ${marks++}`;
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mark(member)]));
    };
    return mark(drawn);
  });

/** Paths to all values in a state, including objects and arrays. */
function pathsIn(value: Json, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => pathsIn(member, [...path, name]))];
}

type Step = JsonPatch[number];
type Op = Exclude<Step['op'], 'test'>;
/**
 * How a step changes the state.
 * `harmless`: adds something. `tested`: changes a value that it has tested. `again`: changes the previous step's place.
 * `any`: unrestricted.
 */
type Manner = 'harmless' | 'tested' | 'again' | 'any';
const move = fc.record({
  manner: fc.constantFrom<Manner[]>('harmless', 'harmless', 'harmless', 'tested', 'tested', 'tested', 'again', 'any'),
  op: fc.constantFrom<Op[]>('replace', 'replace', 'remove', 'add', 'move', 'copy'),
  at: fc.nat(),
  from: fc.nat(),
  name: fc.constantFrom('-', '0', 'a', 'new'),
  isSame: fc.nat(3).map((n) => n === 0),
  holds: fc.nat(19).map((n) => n > 0),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

/** A state with unique texts, and a patch whose steps each refer to the result of the previous ones. */
export const jsonPatches: fc.Arbitrary<{ readonly theirs: Json; readonly patch: JsonPatch }> = fc
  .tuple(marked, fc.array(move, { minLength: 1, maxLength: 4 }))
  .map(([theirs, moves]) => {
    const patch: Step[] = [];
    let state = theirs;
    for (const one of moves) {
      const steps = stepsOf(one, state, patch);
      patch.push(...steps);
      const made = applyJsonPatch(state, steps);
      if (made.kind === 'applied') state = made.state;
    }
    return { theirs, patch };
  });

function stepsOf({ manner, op, at, from, name, isSame, holds }: Move, state: Json, before: JsonPatch): readonly Step[] {
  const [place, source] = [placeIn(state, at), placeIn(state, from)];
  const there = valueAt(state, place) ?? null;
  const value = isSame ? there : `ours ${before.length}`;
  const change = (path: Path): Step => {
    if (op === 'move' || op === 'copy') return { op, from: isSame ? path : source, path };
    return op === 'remove' ? { op, path } : { op, path, value };
  };
  switch (manner) {
    case 'harmless':
      if (typeof there !== 'object' || there === null) return [{ op: 'replace', path: place, value: there }];
      return [{ op: 'add', path: [...place, isJsonArray(there) ? '-' : `new ${before.length}`], value }];
    case 'tested':
      return [{ op: 'test', path: place, value: holds ? there : 'something else' }, change(place)];
    case 'again':
      return [change(before.at(-1)?.path ?? place)];
    case 'any':
      return [change(isJsonObject(there) || isJsonArray(there) ? [...place, name] : place)];
    default:
      return manner satisfies never;
  }
}

function placeIn(state: Json, at: number): Path {
  const paths = pathsIn(state);
  return paths[at % paths.length] ?? [];
}

/** All texts in a state in order, each with its path. `*` replaces positions in arrays. */
export function marksIn(value: Json, path: Path = []): readonly { readonly mark: string; readonly place: string }[] {
  if (typeof value === 'string') return [{ mark: value, place: JSON.stringify(path) }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]: [string, Json]) =>
    marksIn(member, [...path, isJsonArray(value) ? '*' : name]),
  );
}
