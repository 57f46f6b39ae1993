import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResiliencePipeline } from '../../../lib/index.ts';
import { toDraft4 } from '../../../lib/report/draft-4.ts';
import { EVENT_SCHEMAS } from '../../../lib/report/schema-registry.ts';
import { SCHEMAS } from '../../../tools/schemas/schemas.ts';
import { anyDetail } from '../../tools/schemas/any-detail.ts';
import { flat, ownStack, resourcesOf, standIns, testConfig } from '../templates.ts';

const DRAFT_4 = new Set([
  ...['$schema', '$ref', 'title', 'description', 'default', 'definitions', 'type', 'enum', 'anyOf', 'not'],
  ...['properties', 'required', 'additionalProperties', 'maxProperties', 'items', 'maxItems'],
  ...['pattern', 'minLength', 'maxLength', 'minimum', 'maximum'],
]);

/** All keywords of a schema, but not the names of fields. */
function keywordsOf(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(keywordsOf);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const isMap = keyword === 'properties' || keyword === 'definitions';
    return [
      keyword,
      ...(keyword === 'enum' ? [] : isMap ? Object.values(value).flatMap(keywordsOf) : keywordsOf(value)),
    ];
  });
}

/** The schemas of a pipeline's registry. */
function schemas(schemaRegistry?: boolean) {
  const stack = ownStack();
  new ResiliencePipeline(stack, 'Backstop', { ...testConfig, handlers: standIns(), schemaRegistry });
  const template = flat(stack);
  const found = Object.values(resourcesOf(template, 'AWS::EventSchemas::Schema')).map(({ Properties }) => Properties);
  return { found, registries: Object.keys(resourcesOf(template, 'AWS::EventSchemas::Registry')) };
}

describe('a registry of schemas', () => {
  const { found, registries } = schemas(true);

  it('has each event', () => {
    expect(registries).toHaveLength(1);
    expect(found.map(({ SchemaName }) => SchemaName)).toEqual([
      'OperationFailed',
      'OperationOutcome',
      'CircuitStateChanged',
      'OperatorActed',
    ]);
    expect(Object.keys(SCHEMAS)).toEqual(EVENT_SCHEMAS);
  });

  it('has them in the draft that EventBridge takes', () => {
    expect(found.map(({ Type }) => Type)).toEqual(found.map(() => 'JSONSchemaDraft4'));
    const contents = found.map(({ Content }) => JSON.parse(Content));
    expect([...new Set(contents.flatMap(keywordsOf))].filter((keyword) => !DRAFT_4.has(keyword))).toEqual([]);
    expect(contents[0].definitions.operation.anyOf).toHaveLength(2);
  });

  it('exists only if you ask for it', () => {
    expect(schemas()).toEqual({ found: [], registries: [] });
  });
});

it('a schema in Draft 4 accepts what the schema accepts, and rejects most of the rest', () => {
  const schema = SCHEMAS['operation-failed'] ?? {};
  const ajv = new Ajv2020({ strict: false });
  const [accepts, accepts4] = [ajv.compile(schema), ajv.compile(toDraft4(schema))];
  let [rejected, rejected4] = [0, 0];
  fc.assert(
    fc.property(anyDetail, (given) => {
      const detail = JSON.parse(JSON.stringify(given));
      const isAccepted = accepts(detail);
      const isAccepted4 = accepts4(detail);
      if (!isAccepted) rejected += 1;
      if (!isAccepted4) rejected4 += 1;
      expect(isAccepted && !isAccepted4).toBe(false);
    }),
    { numRuns: 200 },
  );
  expect(rejected4).toBeGreaterThan(rejected * 0.9);
});
