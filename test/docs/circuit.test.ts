import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import { CustomState, type IChainable, type StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEFAULT_CIRCUIT_POLICY } from '../../lambdas/contract/circuit-policy.ts';
import { ResiliencePipeline } from '../../lib/index.ts';
import { ENTRY_POINTS } from '../../tools/package/entries.ts';
import { type Definition, definitionOf, run } from '../lib/machine-runner.ts';
import { ownStack, standIns, testConfig } from '../lib/templates.ts';
import { serveTables } from '../support/tables.ts';

const ROOT = join(import.meta.dirname, '../..');
// Inside the project, so that Node finds the packages that the examples import.
const folder = mkdtempSync(join(ROOT, 'node_modules', '.circuit-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The library reads its environment once, so the examples have an instance of their own. */
function urlOf(path: string): string {
  return `${pathToFileURL(join(ROOT, path))}${path.endsWith('/library.ts') ? '?examples' : ''}`;
}

/** Loads the example with the given text from the page, as a module. */
async function example(saying: string, edit = (block: string) => block): Promise<Record<string, unknown>> {
  const page = readFileSync(join(ROOT, 'docs/circuit.md'), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const block = blocks.find((candidate) => candidate.includes(saying)) ?? '';
  const text = Object.entries(ENTRY_POINTS).reduce(
    (changed, [name, path]) => changed.replaceAll(`from '${name}'`, `from '${urlOf(path)}'`),
    edit(block),
  );
  const file = join(folder, `${saying.replaceAll(/\W/g, '')}.mjs`);
  writeFileSync(file, stripTypeScriptTypes(text));
  return import(pathToFileURL(file).href);
}

describe('the function of docs/circuit.md', () => {
  let tables: Awaited<ReturnType<typeof serveTables>>;
  let requests = 0;
  const payments = createServer((_, response) => {
    requests++;
    response.writeHead(503).end();
  });
  beforeAll(async () => {
    tables = await serveTables();
    await new Promise<void>((resolve) => payments.listen(0, '127.0.0.1', resolve));
    const environment = {
      AWS_ENDPOINT_URL: tables.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      BACKSTOP_CIRCUITS_TABLE: tables.circuits,
      BACKSTOP_CIRCUITS: JSON.stringify({ payments: { ...DEFAULT_CIRCUIT_POLICY, perTenant: false } }),
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    payments.closeAllConnections();
    await new Promise((resolve) => payments.close(resolve));
    await tables.stop();
  });

  it('calls no more once the dependency has failed often enough', async () => {
    const { port } = payments.address() as AddressInfo;
    const { handler } = (await example('export const handler', (block) =>
      block.replace('https://payments.example.com', `http://127.0.0.1:${port}`),
    )) as { handler: (order: { id: string }) => Promise<unknown> };
    for (let n = 0; n < DEFAULT_CIRCUIT_POLICY.minimumCalls; n++) {
      await expect(handler({ id: 'order-1' })).rejects.toMatchObject({ status: 503 });
    }
    expect(await handler({ id: 'order-1' })).toMatch(/^not before \S+Z$/);
    expect(requests).toBe(DEFAULT_CIRCUIT_POLICY.minimumCalls);
  });
});

describe('the unit test of docs/circuit.md', () => {
  it('passes', async () => {
    await expect(example('memoryCircuits')).resolves.toBeDefined();
  });
});

describe('the state machine of docs/circuit.md', () => {
  type Blocks = Readonly<Record<'charge' | 'sendInvoice' | 'ship', IChainable>>;
  type Build = (scope: Construct, pipeline: ResiliencePipeline, blocks: Blocks) => StateMachine;
  let definition: Definition;

  beforeAll(async () => {
    const { orderMachine } = (await example('new CircuitGuard')) as { orderMachine: Build };
    const stack = ownStack();
    const pipeline = new ResiliencePipeline(stack, 'Backstop', { ...testConfig, handlers: standIns() });
    const task = (name: string) =>
      new CustomState(stack, name, {
        stateJson: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:own' },
      });
    const blocks = { charge: task('charge'), sendInvoice: task('sendInvoice'), ship: task('ship') };
    const machine = orderMachine(stack, pipeline, blocks);
    definition = definitionOf(Template.fromStack(stack), stack.getLogicalId(machine.node.defaultChild as never));
  });

  it.each([
    [
      'makes the call while the circuit is closed',
      { admitted: true, permit: { generation: 0 }, freshUntil: '9999-12-31T00:00:00Z' },
      'charge',
    ],
    ['does something else while it is open', { admitted: false, retryAt: '2026-03-01T12:00:00Z' }, 'sendInvoice'],
  ] as const)('%s', async (_, answer, done) => {
    const ran = await run(definition, {
      input: { order: 1 },
      tasks: {
        'Payments: ask the circuit': () => answer,
        'Payments: report the success': () => ({}),
        charge: () => ({ by: 'charge' }),
        sendInvoice: () => ({ by: 'sendInvoice' }),
        ship: (input) => input,
      },
    });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { by: done } });
  });
});
