import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainObject } from '../../../lambdas/contract/json-round-trip.ts';
import { breakingChanges, type Party } from '../../../tools/schemas/breaking-changes.ts';
import type { JsonSchema } from '../../../tools/schemas/json-schema.ts';
import { partyOf, releasedFileOf, SCHEMAS } from '../../../tools/schemas/schemas.ts';
import { anyDetail } from './any-detail.ts';

it.each(Object.entries(SCHEMAS))('a change of %s breaks nobody who relies on the released schema', (name, schema) => {
  const released: JsonSchema = JSON.parse(readFileSync(releasedFileOf(name), 'utf8'));
  expect(breakingChanges(released, schema, partyOf(name)), 'see CONTRIBUTING.md, "Change an event"').toEqual([]);
});

const BEFORE: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string', pattern: '^[a-z]+$', maxLength: 8 },
    kind: { enum: ['a', 'b'] },
    parts: { type: 'array', maxItems: 3, items: { $ref: '#/$defs/part' } },
    texts: { type: 'object', additionalProperties: { type: 'string' } },
  },
  required: ['id'],
  $defs: { part: { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] } },
};

/** Changes a part of the schema: the path's last name gets the value, or goes without one. */
function changed(path: string, value?: unknown): JsonSchema {
  const schema = structuredClone(BEFORE);
  const names = path.split('.');
  const last = names.pop() ?? '';
  const part = names.reduce<Record<string, unknown>>((each, name) => each[name] as never, schema as never);
  if (value === undefined) delete part[last];
  else part[last] = value;
  return schema;
}

describe('a change of a schema', () => {
  it.each<[string, string, unknown, readonly string[], readonly string[]]>([
    ['nothing', 'title', 'x', [], []],
    ['a condition on a new field', 'if', { required: ['note'] }, [], []],
    ['a condition on a known field', 'if', { required: ['kind'] }, ["the event: if can't be compared"], []],
    [
      'a condition on a new field of an element',
      'if',
      { properties: { parts: { contains: { required: ['m'] } } }, required: ['parts'] },
      [],
      [],
    ],
    ['a new optional field', 'properties.note', { type: 'string' }, [], []],
    ['a field that is gone', 'properties.kind', undefined, ['kind: is gone'], ['kind: is gone']],
    ['a field that must be there now', 'required', ['id', 'kind'], ['kind: is required'], []],
    ['a field that may be absent now', 'required', [], [], ['id: is optional']],
    ['a further value', 'properties.kind.enum', ['a', 'b', 'c'], [], ['kind: value "c" is on one side only']],
    ['one value less', 'properties.kind.enum', ['a'], ['kind: value "b" is on one side only'], []],
    ['a further type', 'properties.id.type', ['string', 'null'], [], ['id: type null is on one side only']],
    [
      'another type',
      'properties.id.type',
      'integer',
      ['id: type string is on one side only'],
      ['id: type integer is on one side only'],
    ],
    ['a longer text', 'properties.id.maxLength', 9, [], ['id: maxLength differs']],
    ['a shorter text', 'properties.id.maxLength', 7, ['id: maxLength differs'], []],
    [
      'another pattern',
      'properties.id.pattern',
      '^[a-y]+$',
      ["id: pattern can't be compared"],
      ["id: pattern can't be compared"],
    ],
    ['no pattern', 'properties.id.pattern', undefined, [], ["id: pattern can't be compared"]],
    ['a limit inside a definition', '$defs.part.properties.n.minimum', 0, [], ['parts.items.n: minimum differs']],
    [
      'other values of a map',
      'properties.texts.additionalProperties.type',
      'number',
      ['texts.additionalProperties: type string is on one side only'],
      ['texts.additionalProperties: type number is on one side only'],
    ],
    ['a closed object', 'additionalProperties', false, ['additionalProperties: accepts nothing on one side only'], []],
    ['a demand of a new field', 'dependentSchemas', { note: { required: ['x'] } }, [], []],
    [
      'a new demand of a known field',
      'dependentSchemas',
      { id: { required: ['x'] } },
      ["the event: dependentSchemas can't be compared"],
      [],
    ],
    ['a new keyword', 'not', { required: ['x'] }, ["the event: not can't be compared"], []],
  ])('breaks producers, consumers, both or neither: %s', (_, path, value, producers, consumers) => {
    const after = changed(path, value);
    expect(breakingChanges(BEFORE, after, 'producers')).toEqual(producers);
    expect(breakingChanges(BEFORE, after, 'consumers')).toEqual(consumers);
  });

  it('of a schema that contains itself is found, too', () => {
    const tree = (maximum: number): JsonSchema => ({
      $ref: '#/$defs/node',
      $defs: { node: { properties: { n: { type: 'integer', maximum }, next: { $ref: '#/$defs/node' } } } },
    });
    expect(breakingChanges(tree(5), tree(5), 'producers')).toEqual([]);
    expect(breakingChanges(tree(5), tree(4), 'producers')).toEqual(['n: maximum differs', 'next.n: maximum differs']);
  });
});

describe('whatever changes', () => {
  const samples = fc.sample(anyDetail, { numRuns: 100, seed: 17 }).map((detail) => JSON.parse(JSON.stringify(detail)));
  const before = SCHEMAS['operation-failed'] ?? {};
  const places = [...schemasIn(before)];
  const ajv = new Ajv2020({ strict: false, validateSchema: false, inlineRefs: false, code: { optimize: false } });
  const acceptedBefore = accepted(before);

  function accepted(schema: JsonSchema): readonly boolean[] {
    const accepts = ajv.compile(schema);
    return samples.map((sample) => accepts(sample));
  }

  const isBroken: Readonly<Record<Party, (was: boolean, is: boolean) => boolean>> = {
    producers: (was, is) => was && !is,
    consumers: (was, is) => is && !was,
  };

  it('no break of producers or consumers is overlooked', () => {
    const seen = { producers: { broken: 0, kept: 0 }, consumers: { broken: 0, kept: 0 } };
    fc.assert(
      fc.property(fc.nat(places.length - 1), anyChange, (place, change) => {
        const after = structuredClone(before);
        change([...schemasIn(after)][place] ?? {});
        const acceptedAfter = accepted(after);
        for (const party of ['producers', 'consumers'] as const) {
          const lines = breakingChanges(before, after, party);
          const breaks = acceptedBefore.some((was, index) => isBroken[party](was, acceptedAfter[index] === true));
          if (breaks) seen[party].broken += 1;
          if (lines.length === 0) seen[party].kept += 1;
          expect(breaks && lines.length === 0, party).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
    // The check would pass if nothing ever broke, or if it called everything a break.
    for (const { broken, kept } of Object.values(seen)) expect(Math.min(broken, kept)).toBeGreaterThan(0);
  });
});

type Mutable = Record<string, unknown>;

/** All schemas inside of a schema, itself included. */
function* schemasIn(schema: JsonSchema): Generator<Mutable> {
  yield schema as Mutable;
  for (const keyword of ['properties', '$defs'])
    for (const part of Object.values((schema[keyword] as JsonSchema | undefined) ?? {}))
      if (isPlainObject(part)) yield* schemasIn(part);
  for (const keyword of ['items', 'additionalProperties', 'propertyNames', 'contains'])
    if (isPlainObject(schema[keyword])) yield* schemasIn(schema[keyword]);
}

const LIMITS = [
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'maxContains',
  'minContains',
];
const anyChange: fc.Arbitrary<(schema: Mutable) => void> = fc.oneof(
  fc.record({ limit: fc.constantFrom(...LIMITS), to: fc.nat(5) }).map(({ limit, to }) => (schema: Mutable) => {
    schema[limit] = to;
  }),
  fc
    .constantFrom('pattern', 'type', 'enum', 'required', 'not', 'if', 'then', 'items', 'propertyNames', 'contains')
    .map((keyword) => (schema: Mutable) => {
      delete schema[keyword];
    }),
  fc.subarray(['string', 'object', 'null', 'array', 'integer']).map((type) => (schema: Mutable) => {
    schema.type = type.length === 0 ? 'string' : type;
  }),
  fc.constantFrom('^[a-z]+$', '^o', '.').map((pattern) => (schema: Mutable) => {
    schema.pattern = pattern;
  }),
  fc.subarray(['id', 'tenant', 'path', 'query', 'x']).map((required) => (schema: Mutable) => {
    schema.required = required;
  }),
  fc.subarray(['P1', 'PUT', 'operation', null, 1]).map((values) => (schema: Mutable) => {
    schema.enum = ['GET', ...values];
  }),
  fc.constantFrom(false, { type: 'string' }, { maxLength: 2 }).map((rest) => (schema: Mutable) => {
    schema.additionalProperties = rest;
  }),
  fc.nat(9).map((index) => (schema: Mutable) => {
    const properties = schema.properties as Mutable | undefined;
    const name = Object.keys(properties ?? {})[index];
    if (properties && name !== undefined) delete properties[name];
  }),
  fc.constant((schema: Mutable) => {
    schema.description = 'in other words';
  }),
  fc.constant((schema: Mutable) => {
    schema.properties = { ...(schema.properties as Mutable), added: { type: 'string' } };
  }),
);
