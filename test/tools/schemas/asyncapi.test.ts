import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { OUTCOME_FACTS } from '../../../lambdas/contract/outcomes.ts';
import { asyncapi } from '../../../tools/schemas/asyncapi.ts';
import { fileOf, SCHEMAS } from '../../../tools/schemas/schemas.ts';
import { FAILURE } from '../../lambdas/domain/boundary/failure-samples.ts';

const committed = JSON.parse(readFileSync(fileOf('asyncapi'), 'utf8'));
/** The schema of AsyncAPI itself. It names formats that say more than the standard ones. */
const specification = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json');

describe('the AsyncAPI document', () => {
  it('is fresh (npm run schemas:update)', () => {
    expect(committed).toEqual(asyncapi());
  });

  it('is one, by the schema of AsyncAPI', () => {
    const isAsyncapi = new Ajv({ strict: false, validateFormats: false }).compile(specification);
    expect([isAsyncapi(committed), isAsyncapi.errors]).toEqual([true, null]);
    expect(isAsyncapi({ ...committed, channels: { failures: { adress: null } } })).toBe(false);
  });

  it('has a message for each schema, which leads to its file', () => {
    const text = JSON.stringify(committed);
    const referred = [...text.matchAll(/"\.\/([a-z-]+)\.json"/g)].map(([, name = '']) => name);
    expect(referred.toSorted()).toEqual(Object.keys(SCHEMAS).toSorted());
  });

  it('refers to nothing else that is not there', () => {
    const references = [...JSON.stringify(committed).matchAll(/"#\/([^"]+)"/g)].map(([, path = '']) => path);
    const targets = references.map((path) =>
      path.split('/').reduce<Record<string, unknown> | undefined>((part, name) => part?.[name] as never, committed),
    );
    expect(references.length).toBeGreaterThan(9);
    expect(targets.filter((target) => target === undefined)).toEqual([]);
  });

  it('describes a whole event', () => {
    const ajv = new Ajv2020({ allowUnionTypes: true });
    const { messages } = committed.components;
    for (const [name, schema] of Object.entries(SCHEMAS)) ajv.addSchema(schema, `file:/${name}.json`);
    const { schema } = messages.operationFailed.payload;
    const accepts = ajv.compile({ ...schema, $id: 'file:/asyncapi.json' });
    const event = { source: 'my.shop', 'detail-type': 'Operation Failed', detail: FAILURE };
    const whole = JSON.parse(JSON.stringify(event));
    expect([accepts(whole), accepts({ ...whole, 'detail-type': 'x' }), accepts({ ...whole, detail: {} })]).toEqual([
      true,
      false,
      false,
    ]);
    const events = Object.values(OUTCOME_FACTS).flatMap(({ event: type }) => type ?? []);
    expect(messages.operationOutcome.payload.schema.properties['detail-type'].enum).toEqual(events);
  });
});
