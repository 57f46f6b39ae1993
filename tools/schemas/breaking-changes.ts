import { isDeepStrictEqual } from 'node:util';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { JsonSchema } from './json-schema.ts';

/** Who a change must not break: producers of the event, or consumers. */
export type Party = 'producers' | 'consumers';

/**
 * What a new version of a schema breaks. For producers, the new schema must accept what the old one accepted. For
 * consumers, the old schema must accept what the new one accepts. Optional new fields break neither; a field that is
 * gone breaks both.
 *
 * It never overlooks a change that breaks. A change that it can't compare counts as one.
 *
 * @returns a line for each change, with its place
 */
export function breakingChanges(before: JsonSchema, after: JsonSchema, party: Party): readonly string[] {
  const [narrow, wide] = party === 'producers' ? [before, after] : [after, before];
  const compare = new Comparison(party, { narrow, wide });
  return [...compare.schemas(narrow, wide, '')];
}

/** Keywords that accept or reject nothing. */
const ANNOTATIONS = new Set(['$schema', '$id', '$defs', 'title', 'description', 'default', 'examples', 'deprecated']);
/** Keywords that {@link Comparison} knows. Others must stay as they are. */
const COMPARED = new Set([
  ...['$ref', 'type', 'enum', 'const', 'properties', 'required', 'items', 'additionalProperties', 'propertyNames'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems', 'minProperties', 'maxProperties'],
]);
const ALL_TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];

/** Compares a schema that must accept less with one that must accept more. */
class Comparison {
  private readonly party: Party;
  private readonly roots: { readonly narrow: JsonSchema; readonly wide: JsonSchema };
  /** What each schema is being compared with, since a schema may contain itself. */
  private readonly open = new Map<JsonSchema, Set<JsonSchema>>();

  constructor(party: Party, roots: { readonly narrow: JsonSchema; readonly wide: JsonSchema }) {
    this.party = party;
    this.roots = roots;
  }

  *schemas(given: JsonSchema, against: JsonSchema, at: string): Generator<string> {
    const others = this.open.get(given) ?? new Set();
    if (others.has(against)) return;
    this.open.set(given, others.add(against));
    const narrow = resolved(given, this.roots.narrow);
    const wide = resolved(against, this.roots.wide);
    yield* prefixed(at, types(narrow, wide));
    yield* prefixed(at, values(narrow, wide));
    yield* prefixed(at, limits(narrow, wide));
    yield* prefixed(at, this.others(narrow, wide));
    yield* this.properties(narrow, wide, at);
    yield* this.parts(narrow, wide, at);
    others.delete(against);
  }

  private *properties(narrow: JsonSchema, wide: JsonSchema, at: string): Generator<string> {
    const [{ properties: few = {} }, { properties: many = {} }] = [narrow, wide];
    const [before, after] = this.party === 'producers' ? [few, many] : [many, few];
    for (const name of Object.keys(before)) if (!(name in after)) yield `${at}${name}: is gone`;
    const rest = asSchema(wide.additionalProperties);
    for (const [name, property] of Object.entries(few)) {
      const other = many[name] ?? rest;
      if (other === 'none') yield `${at}${name}: is on one side only`;
      else if (other !== 'all') yield* this.schemas(property, other, `${at}${name}.`);
    }
    const required = new Set(narrow.required);
    for (const name of wide.required ?? [])
      if (!required.has(name)) yield `${at}${name}: ${this.party === 'producers' ? 'is required' : 'is optional'}`;
  }

  /** Schemas of elements, names and values. Where one is absent, everything is accepted. */
  private *parts(narrow: JsonSchema, wide: JsonSchema, at: string): Generator<string> {
    for (const keyword of ['items', 'additionalProperties', 'propertyNames']) {
      const [one, other] = [asSchema(narrow[keyword]), asSchema(wide[keyword])];
      if (one === 'none' || other === 'all') continue;
      if (other === 'none') yield `${at}${keyword}: accepts nothing on one side only`;
      else yield* this.schemas(one === 'all' ? {} : one, other, `${at}${keyword}.`);
    }
  }

  private *others(narrow: JsonSchema, wide: JsonSchema): Generator<string> {
    const isNarrowed = (keyword: string) => wide[keyword] === undefined && keyword !== WIDENING;
    for (const keyword of new Set([...Object.keys(narrow), ...Object.keys(wide)])) {
      if (ANNOTATIONS.has(keyword) || COMPARED.has(keyword) || isNarrowed(keyword)) continue;
      if (isPartOfCondition(keyword) && narrow.if === undefined && this.isOfNewField(wide.if, narrow)) continue;
      if (keyword === 'dependentSchemas' && isDeepStrictEqual(demands(narrow, wide), demands(wide, narrow))) continue;
      if (keyword === 'pattern' && everyValueMatches(narrow, wide.pattern)) continue;
      if (!isDeepStrictEqual(narrow[keyword], wide[keyword])) yield `${keyword} can't be compared`;
    }
  }

  /** Whether a condition needs a field that the narrow schema doesn't know. What follows from it breaks nobody. */
  private isOfNewField(condition: unknown, given: JsonSchema): boolean {
    if (!isPlainObject(condition)) return false;
    const { anyOf, required = [], properties = {}, contains } = condition as JsonSchema;
    if (Array.isArray(anyOf)) return anyOf.every((each) => this.isOfNewField(each, given));
    const { properties: known = {}, items } = resolved(given, this.roots.narrow);
    if (isPlainObject(items) && this.isOfNewField(contains, items)) return true;
    return required.some((name) => {
      const property = known[name];
      return property === undefined || this.isOfNewField(properties[name], property);
    });
  }
}

const isPartOfCondition = (keyword: string) => keyword === 'if' || keyword === 'then';

/**
 * What a schema demands if a field is there. A field that only one side knows breaks nobody, nor does what it demands.
 */
function demands({ dependentSchemas }: JsonSchema, { properties = {} }: JsonSchema): object {
  const all = isPlainObject(dependentSchemas) ? dependentSchemas : {};
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in properties));
}

/** A schema accepts more with it than without: its default is 1. */
const WIDENING = 'minContains';

function* types(narrow: JsonSchema, wide: JsonSchema): Generator<string> {
  const few = narrow.enum || narrow.const !== undefined ? valuesOf(narrow).map(typeOf) : typesOf(narrow);
  const many = typesOf(wide);
  const more = few.filter((type) => !many.includes(type) && !(type === 'integer' && many.includes('number')));
  if (more.length > 0) yield `type ${more.join(', ')} is on one side only`;
}

function* values(narrow: JsonSchema, wide: JsonSchema): Generator<string> {
  if (wide.enum === undefined && wide.const === undefined) return;
  const many = valuesOf(wide);
  if (narrow.enum === undefined && narrow.const === undefined) return yield 'any value is on one side only';
  const more = valuesOf(narrow).filter((value) => !many.some((each) => isDeepStrictEqual(each, value)));
  if (more.length > 0) yield `value ${more.map((value) => JSON.stringify(value)).join(', ')} is on one side only`;
}

function* limits(narrow: JsonSchema, wide: JsonSchema): Generator<string> {
  for (const what of ['Length', 'imum', 'Items', 'Properties']) {
    const [least, most] = [`min${what}`, `max${what}`];
    const floor = what === 'imum' ? Number.NEGATIVE_INFINITY : 0;
    if (numberOf(narrow[least], floor) < numberOf(wide[least], floor)) yield `${least} differs`;
    if (numberOf(narrow[most], Number.POSITIVE_INFINITY) > numberOf(wide[most], Number.POSITIVE_INFINITY))
      yield `${most} differs`;
  }
}

function* prefixed(at: string, lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${at.slice(0, -1) || 'the event'}: ${line}`;
}

/** Follows a reference into `$defs`. Its neighbours count, too. */
function resolved({ $ref, ...beside }: JsonSchema, root: JsonSchema): JsonSchema {
  if (typeof $ref !== 'string') return beside;
  const name = $ref.replace('#/$defs/', '');
  const definitions = isPlainObject(root.$defs) ? root.$defs : {};
  const found = definitions[name];
  if (!isPlainObject(found)) throw new Error(`no such definition: ${$ref}`);
  return { ...found, ...beside };
}

function asSchema(value: unknown): JsonSchema | 'all' | 'none' {
  if (value === undefined || value === true) return 'all';
  return isPlainObject(value) ? value : 'none';
}

function valuesOf(schema: JsonSchema): readonly unknown[] {
  return Array.isArray(schema.enum) ? schema.enum : [schema.const];
}

function typesOf({ type }: JsonSchema): readonly string[] {
  if (type === undefined) return ALL_TYPES;
  return Array.isArray(type) ? type : [String(type)];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function numberOf(value: unknown, absent: number): number {
  return typeof value === 'number' ? value : absent;
}

function everyValueMatches(narrow: JsonSchema, pattern: unknown): boolean {
  if (typeof pattern !== 'string' || (narrow.enum === undefined && narrow.const === undefined)) return false;
  return valuesOf(narrow).every((value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value));
}
