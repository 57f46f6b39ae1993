import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import { CustomState, type IChainable, Pass, type StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { afterAll, expect, it } from 'vitest';
import { ResiliencePipeline, type SagaState } from '../../lib/index.ts';
import { definitionOf, failure, run } from '../lib/machine-runner.ts';
import { ownStack, standIns, testConfig } from '../lib/templates.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/saga.md'), 'utf8');
// Inside the project, so that Node finds the packages that the example imports.
const folder = mkdtempSync(join(ROOT, 'node_modules', '.saga-example-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Ask = (action: string) => SagaState;
type Build = (scope: Construct, pipeline: ResiliencePipeline, ask: Ask, apologise: IChainable) => StateMachine;

async function example(): Promise<Build> {
  const [, block = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(page) ?? [];
  const file = join(folder, 'example.mjs');
  const text = block.replaceAll("from '@backstop-cdk/backstop'", `from '${pathToFileURL(join(ROOT, 'lib/index.ts'))}'`);
  writeFileSync(file, stripTypeScriptTypes(text));
  return (await import(pathToFileURL(file).href)).orderMachine;
}

/** The page's machine, and the names of its requests to the shop. */
async function orderMachine() {
  const stack = ownStack();
  const pipeline = new ResiliencePipeline(stack, 'Backstop', { ...testConfig, handlers: standIns() });
  const names: string[] = [];
  const ask: Ask = (name) => {
    names.push(name);
    const Resource = 'arn:aws:lambda:us-east-1:123456789012:function:own';
    return new CustomState(stack, name, { stateJson: { Type: 'Task', Resource, ResultPath: null } });
  };
  const machine = (await example())(stack, pipeline, ask, new Pass(stack, 'Apologise'));
  const id = stack.getLogicalId(machine.node.defaultChild as never);
  return { names, definition: definitionOf(Template.fromStack(stack), id) };
}

let machine: ReturnType<typeof orderMachine> | undefined;

/** Runs the machine. @returns the run, and the requests in their order */
async function order(failing?: string) {
  machine ??= orderMachine();
  const { names, definition } = await machine;
  const asked: string[] = [];
  const tasks = names.map((name) => {
    const answer = () => {
      asked.push(name);
      if (name === failing) throw failure('ShopError');
    };
    return [name, answer] as const;
  });
  const ran = await run(definition, { input: { order: 1 }, tasks: Object.fromEntries(tasks) });
  return { ran, asked };
}

it('is carried out, in as many transitions as the page says', async () => {
  const { ran, asked } = await order();
  expect(asked).toEqual(['reserve', 'charge', 'invoice', 'label', 'ship', 'notify']);
  // In addition: two states of the saga, and the surrounding try and finally.
  expect(ran.states).toHaveLength(asked.length + 2 + 2);
});

it('is undone, in as many transitions as the page says', async () => {
  const { ran, asked } = await order('charge');
  expect(asked).toEqual(['reserve', 'charge', 'refund', 'release']);
  // In addition: five states of the saga, two per undo, and the surrounding blocks with their content.
  expect(ran.states).toHaveLength(2 + (5 + 2 * 2) + 4);
});
