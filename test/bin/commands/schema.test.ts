import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCHEMA_NAMES } from '../../../bin/commands/schema.ts';
import { run } from '../../../bin/program.ts';
import { asyncapi } from '../../../tools/schemas/asyncapi.ts';
import { SCHEMAS } from '../../../tools/schemas/schemas.ts';
import { captured } from '../../support/operator.ts';

async function schema(...args: readonly string[]) {
  const { streams, written } = captured();
  const openSession = () => Promise.reject(new Error('a schema needs no stack'));
  return { code: await run(['schema', ...args], { streams, openSession }), ...written() };
}

describe('backstop schema', () => {
  it.each(SCHEMA_NAMES)('prints the schema of %s, without a stack', async (name) => {
    const { code, out } = await schema(name, '--json');
    expect([code, JSON.parse(out)]).toEqual([0, name === 'asyncapi' ? asyncapi() : SCHEMAS[name]]);
  });

  it('prints that of the event to send by default', async () => {
    expect(JSON.parse((await schema()).out)).toEqual(SCHEMAS['operation-failed']);
  });

  it('names the schemas where one does not exist', async () => {
    const { code, err } = await schema('operation-fialed');
    expect([code, err]).toEqual([2, expect.stringContaining('Did you mean operation-failed?')]);
  });

  it('has each schema of the documents', () => {
    const files = readdirSync(join(import.meta.dirname, '../../../docs/schemas'));
    expect(files.toSorted()).toEqual(SCHEMA_NAMES.map((name) => `${name}.json`).toSorted());
  });
});
