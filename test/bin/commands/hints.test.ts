import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { createProgram, run } from '../../../bin/program.ts';
import type { Globals } from '../../../bin/session/globals.ts';
import { captured, fakeClient } from '../../support/operator.ts';
import { asking } from '../../support/questions.ts';
import { DEAD_LETTERS, DlqScene, PARKED, WHY } from './dlq-scene.ts';

/*
 * A hint is a command that the operator pastes. It must start the tool as the operator has started it, parse, and reach
 * the same deployment.
 */

const TOOL = 'npx @backstop-cdk/backstop';
const THERE = { stack: 'Mine', region: 'eu-west-1', profile: 'on call', endpoint: 'http://127.0.0.1:1' };
const GLOBALS = Object.entries(THERE).flatMap(([name, value]) => [`--${name}`, value]);
const BIN = join(import.meta.dirname, '../../../bin');
const NAMES = (await createProgram(() => Promise.reject(new Error('names need no session')), captured())).commands
  .map((command) => command.name())
  .join('|');

const scene = DlqScene.inThisFile();
const clients = {
  lambda: fakeClient<never>(() => ({ State: 'Enabled' })),
  cloudwatch: fakeClient<never>(() => ({ MetricAlarms: [], MetricDataResults: [] })),
};
const FAST = ['--rate', '500', ...WHY] as const;
let n = 0;

beforeEach(async () => {
  n++;
  const left = { compensation: 'incomplete', state: 'settled' } as const;
  await scene.dead({ id: `bad-${n}` });
  await scene.dead({ id: `down-${n}`, reason: 'exhausted' });
  await scene.dead({ id: `half-${n}`, ...left });
  await scene.dead({ id: `parked-${n}`, cycle: 5, parkedAfter: 5 }, PARKED);
  await scene.ledger.claim(asking(`asks-${n}`, {}, scene.now()));
});

function hide(): void {
  scene.sqs.remove(DEAD_LETTERS, () => true);
}

/** Commands whose output has a hint, by what the hint is about. */
type Words = (id: string) => readonly string[];
const HINTS: readonly [string, Words, string, (() => void)?][] = [
  ['status, dead letters', () => ['status'], 'dlq ls'],
  ['status, questions', () => ['status'], 'decisions'],
  ['status, parked', () => ['status'], 'dlq ls --parked'],
  ['failures', () => ['failures'], 'trace ID'],
  ['trace, dead', (id) => ['trace', `down-${id}`], 'dlq redrive payments --id'],
  ['trace, asked', (id) => ['trace', `asks-${id}`], 'decisions show'],
  ['dlq ls', () => ['dlq', 'ls'], 'dlq show ID'],
  ['dlq show, permanent', (id) => ['dlq', 'show', `bad-${id}`], 'dlq edit'],
  ['dlq show, exhausted', (id) => ['dlq', 'show', `down-${id}`], 'dlq redrive payments --id'],
  ['dlq show, parked', (id) => ['dlq', 'show', `parked-${id}`], 'dlq redrive --parked'],
  ['dlq redrive', () => ['dlq', 'redrive', 'payments', ...FAST], 'status'],
  ['dlq redrive, then', () => ['dlq', 'redrive', 'payments', ...FAST], 'dlq ls payments'],
  [
    'dlq redrive --parked of another',
    (id) => ['dlq', 'redrive', '--parked', `bad-${id}`, ...WHY],
    'dlq redrive --id',
    hide,
  ],
  ['dlq redrive without a lane', () => ['dlq', 'redrive', ...WHY], 'dlq redrive payments'],
  ['decisions', () => ['decisions'], 'decisions show FAILURE'],
  ['decisions show, choices', (id) => ['decisions', 'show', `asks-${id}`], 'decide asks-'],
  ['decisions show, meanings', (id) => ['decisions', 'show', `asks-${id}`], 'decide --help'],
  ['decide without a question', (id) => ['decide', `asks-${id}`, 'ours', ...WHY], 'decisions show'],
  ['pause', () => ['pause', 'payments', ...WHY], 'resume payments'],
  ['pause, the plan', () => ['pause', 'payments', ...WHY], 'circuits open payments'],
  ['a mistyped command', () => ['dlq', 'redriv'], 'dlq --help'],
  ['an unknown option', () => ['status', '--lanes'], 'status --help'],
  ['a missing reason', () => ['circuits', 'open', 'payments'], 'circuits open --help'],
  ['help', () => ['--help'], 'circuits open --help'],
  ['help of a command', () => ['circuits', 'open', '--help'], 'circuits open payments'],
];

it.each<[string, Words, string, (() => void)?]>(HINTS)('as pasted: %s', async (_, args, hint, before) => {
  before?.();
  const tool = scene.operator({ tool: TOOL, clients, deployment: { outputs: { ParkedQueueUrl: PARKED } } });
  const { out, err } = await tool.backstop(...args(String(n)), ...GLOBALS);
  const said = [out, err, ...tool.plans].join('\n');
  expect(said).toContain(`${TOOL} ${hint}`);
  expect(said).not.toMatch(new RegExp(`(?<!@backstop-cdk/)\\bbackstop (${NAMES})\\b`));
  for (const pasted of commandsIn(said)) await mustParse(pasted);
});

it('as pasted where the config names another package', async () => {
  const tool = scene.operator({ tool: TOOL, clients, deployment: { operatorCommand: 'npx @acme/backstop' } });
  expect((await tool.backstop('dlq', 'ls')).out).toContain('next: npx @acme/backstop dlq show ID');
});

it('as the operator has started the tool, whatever the config says', async () => {
  const tool = scene.operator({ tool: 'backstop', clients, deployment: { operatorCommand: 'npx @acme/backstop' } });
  expect((await tool.backstop('dlq', 'ls')).out).toContain('next: backstop dlq show ID');
});

/** Words of the commands that stand at the end of a line. */
function commandsIn(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(new RegExp(`(?<!Usage: )${TOOL} ((?:${NAMES})(?: .*)?)$`, 'gm'))].map(([, words = '']) =>
    [...words.matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, bare = '']) => quoted ?? (bare === 'FILE' ? join(BIN, '../package.json') : bare),
    ),
  );
}

/** Parses a command until it would open its session, and compares where it leads to. */
async function mustParse(words: readonly string[]): Promise<void> {
  const { streams, written } = captured();
  let globals: Globals | undefined;
  const openSession = (given: Globals) => {
    globals = given;
    return Promise.reject(new Error('parsed'));
  };
  const code = await run(words, { streams, openSession });
  if (words.includes('--help')) return expect([code, words]).toEqual([0, words]);
  expect([written().err.trim(), words]).toEqual(['Failed: parsed', words]);
  const isExample = !words.includes('--stack');
  if (!isExample) expect(globals).toMatchObject(THERE);
}

it('words no hint by hand: each comes from the session, or is an example of a help', () => {
  const byHand = readdirSync(BIN, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => {
      const code = readFileSync(join(BIN, file), 'utf8').replaceAll(/example(After)?\([^;]*?\)\)?[,;\n]/gs, '');
      const lines = code.split('\n').filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line));
      return lines
        .filter((line) => new RegExp(`\\bbackstop (${NAMES})\\b`).test(line))
        .map((line) => `${file}: ${line}`);
    });
  expect(byHand).toEqual([expect.stringContaining('is `backstop console` still running?')]);
});
