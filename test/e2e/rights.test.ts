import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalCloud } from '../../tools/local/cloud.ts';
import type { Ended } from '../support/operator.ts';
import { toolIn } from './tool.ts';
import { failure, startWorld, type World } from './world.ts';

/*
 * What AWS enforces: users with the managed policies of the deployed template, and nothing else. The embedded cloud
 * evaluates their statements.
 */

const SECRET = 'tok_4242424242424242';
/** Has no form that reveals it. */
const PIN = 4_711;
const WHY = ['--why', 'which card is it?', '--yes'];

let world: World;
let dead: string;
beforeAll(async () => {
  world = await startWorld({ asking: { conflict: { strategy: 'ask' } } });
  const detail = failure('/status/422', {
    operation: { method: 'PUT', path: '/status/422', body: { total: 5, cardToken: SECRET, pin: PIN } },
  });
  await world.send(detail);
  await world.settled(detail.id);
  dead = detail.id;
});
afterAll(() => world?.stop());

type Tool = (...args: readonly string[]) => Promise<Ended>;

function userWith(...outputs: readonly string[]): Tool {
  const credentials: LocalCloud['credentials'] = world.cloud.userWith(...outputs.map(world.output));
  return (...args) => toolIn({ ...world, credentials }, ...args);
}

const operators = () => userWith('OperatorPolicyArn', 'OperatorPolicyArn2');
const readers = () => userWith('ReaderPolicyArn', 'ReaderPolicyArn2');

describe('a reader', () => {
  it.each([
    [['status']],
    [['failures']],
    [['incidents']],
    [['circuits']],
    [['decisions']],
    [['audit']],
    [['dlq', 'runs']],
    [['trace', 'ID']],
  ])('may look: %j', async (args) => {
    const { code, err } = await readers()(...args.map((arg) => (arg === 'ID' ? dead : arg)));
    expect({ code, err }).toMatchObject({ code: 0, err: expect.not.stringContaining('Denied') });
  });

  it('sees the operation of a failure masked, without its message in the queue', async () => {
    const { code, out } = await readers()('dlq', 'show', dead);
    expect(code).toBe(0);
    expect(out).toContain('"cardToken": "***"');
    expect(out).toContain('AWS does not let you look into the dead-letter queues');
    expect(out).not.toContain(SECRET);
  });

  it.each([
    [['circuits', 'open', 'payments', '--for', '1h']],
    [['incidents', 'ack', 'orders']],
    [['pause', 'orders']],
    [['dlq', 'redrive', 'orders']],
    [['dlq', 'discard', '--dependency', 'orders']],
    [['dlq', 'show', 'ID', '--reveal']],
  ])('may not act: %j', async (args) => {
    const { code, err } = await readers()(...args.map((arg) => (arg === 'ID' ? dead : arg)), ...WHY);
    expect(code).toBe(1);
    expect(err).toMatch(/AWS denied|does not take this request/);
  });
});

describe('a patch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backstop-rights-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const patched = (value: unknown) => {
    const file = join(folder, 'patch.json');
    writeFileSync(file, JSON.stringify(value));
    return ['--patch', file];
  };
  const copy = { op: 'copy', from: '/body/pin', path: '/body/note' };

  it('shows a reader no masked value, and answers no guess', async () => {
    const edit = (step: unknown) => readers()('dlq', 'edit', dead, ...patched([step]), '--dry-run');
    const { code, out } = await edit(copy);
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/\/body\/note .*"\*\*\*"/) });
    expect(out).not.toContain(String(PIN));
    for (const value of [PIN, 1_234]) {
      const { code, err } = await edit({ op: 'test', path: '/body/pin', value });
      expect({ code, err }).toMatchObject({ code: 4, err: expect.stringContaining("can't test /body/pin") });
    }
  });

  it('of an on-call engineer may copy a masked value, which stays masked', async () => {
    const tool = operators();
    expect(await tool('dlq', 'edit', dead, ...patched([copy]), ...WHY)).toMatchObject({ code: 0 });
    const { out } = await tool('dlq', 'show', dead);
    expect(out).toContain('"note": "***"');
    const [act] = JSON.parse((await tool('audit', '--json')).out);
    expect(act).toMatchObject({ action: 'edit', failureId: dead, facts: { fields: '/body/note' } });
    expect(out + JSON.stringify(act)).not.toContain(String(PIN));
  });
});

describe('an on-call engineer', () => {
  it('may act, and sees operations masked', async () => {
    const tool = operators();
    expect(await tool('pause', 'orders', ...WHY)).toMatchObject({ code: 0 });
    expect(await tool('resume', 'orders', ...WHY)).toMatchObject({ code: 0 });
    expect((await tool('dlq', 'show', dead)).out).not.toContain(SECRET);
    expect(await tool('dlq', 'redrive', 'orders', '--dry-run')).toMatchObject({ code: 0 });
  });

  it('may not reveal', async () => {
    const { code, err, out } = await operators()('dlq', 'show', dead, '--reveal', ...WHY);
    expect(code).toBe(1);
    expect(err).toContain('RevealPolicyArn');
    expect(out).not.toContain(SECRET);
  });

  it('learns what AWS allows', async () => {
    const rights = async (tool: Tool) => JSON.parse((await tool('whoami', '--json')).out).may;
    expect(await rights(operators())).toEqual({ look: true, act: true, reveal: false });
    expect(await rights(readers())).toEqual({ look: true, act: false, reveal: false });
    expect(await rights(userWith('ReaderPolicyArn', 'ReaderPolicyArn2', 'RevealPolicyArn'))).toEqual({
      look: true,
      act: false,
      reveal: true,
    });
  });
});

describe('an operator who may reveal', () => {
  it('sees the operation as it is, which nothing keeps, and the audit log says so', async () => {
    const tool = userWith('ReaderPolicyArn', 'ReaderPolicyArn2', 'RevealPolicyArn');
    const { code, out } = await tool('dlq', 'show', dead, '--reveal', ...WHY);
    expect(code).toBe(0);
    expect(out).toContain(`"cardToken": "${SECRET}"`);
    const [act] = JSON.parse((await tool('audit', '--json')).out);
    expect(act).toMatchObject({ action: 'reveal', failureId: dead, why: 'which card is it?', end: { result: 'done' } });
    expect(JSON.stringify(act)).not.toContain(SECRET);
    expect(world.logs.join('\n')).not.toContain(SECRET);
  });
});
