import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IsLate } from '../../tools/local/canaries.ts';
import { unpack } from '../../tools/versions/packed-assembly.ts';
import { RECORDED, RECORDED_URL } from '../../tools/versions/recorded.ts';
import { toolIn } from './tool.ts';
import { failure, startWorld, type World } from './world.ts';

/*
 * The version before is the real one: its templates and its functions, as they were recorded. Its failures are under way
 * when this version comes, first without its functions or without its machine.
 */

const retry = { hotAttempts: 1, durableAttempts: 20 };
const OTHERS = { asking: { retry, conflict: { strategy: 'ask' as const } }, 'in-order': { retry, ordered: true } };
/** For the first deployment over a version that lacks it: docs/changes.md. */
const FIRST = { separateOperations: false };

const isFunction: IsLate = ({ type }) => type === 'AWS::Lambda::Function';
const isMachine: IsLate = ({ type }) => type === 'AWS::StepFunctions::StateMachine';

describe.each([
  ['the functions of the version before beside the machine of this one', isFunction],
  ['the machine of the version before beside the functions of this one', isMachine],
])('%s', (_, isLate) => {
  let world: World;
  const sent: Record<string, readonly string[]> = {};

  beforeAll(async () => {
    const packed = readFileSync(RECORDED);
    world = await startWorld(OTHERS, { first: (folder, url) => unpack(packed, folder, [RECORDED_URL, url]) });
    for (const phase of ['before', 'between', 'after']) {
      if (phase === 'between') await world.deploy(OTHERS, { ...FIRST, isLate });
      if (phase === 'after') await world.deploy(OTHERS, FIRST);
      sent[phase] = await sendAll(phase);
    }
    world.dependency.open('later');
  });
  afterAll(() => world?.stop());

  /** One failure of each kind, which waits for its next attempt, for a human or for its turn. */
  async function sendAll(phase: string): Promise<string[]> {
    const gated = { method: 'PUT', path: '/gated/later', resourceId: phase };
    const document = `/documents/strong/${phase}`;
    world.dependency.documents.put(document, { total: 1 });
    const conflict = { method: 'PUT', path: document, ifMatch: '"0"', base: { total: 0 }, body: { total: 5 } };
    const undo = [{ name: 'reserve', dependency: 'orders', operation: { method: 'DELETE', path: '/ok/undo' } }];
    const details = [
      failure('', { dependency: 'payments', operation: gated }),
      failure('', { dependency: 'in-order', operation: gated }),
      failure('', { dependency: 'in-order', operation: gated }),
      failure('', { dependency: 'asking', operation: conflict, error: { statusCode: 412 } }),
      failure('', { operation: { ...gated, path: '/status/400' }, undo }),
      failure('', { operation: { ...gated, path: '/status/422' } }),
    ];
    await world.send(...details);
    const [payment = '', inOrder = '', , question = '', undone = '', dead = ''] = details.map(({ id }) => id);
    await world.clock.until(async () => {
      for (const id of [payment, inOrder]) expect(world.executionsOf(id)).not.toEqual([]);
      expect((await world.entry(question))?.question).toBeDefined();
    });
    for (const id of [undone, dead]) await world.settled(id);
    return details.map(({ id }) => id);
  }

  async function backstop(...args: readonly string[]): Promise<void> {
    const { code, err } = await toolIn(world, ...args, '--yes', '--why', 'a test');
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  }

  it.each(['before', 'between', 'after'])(
    'ends each failure that came %s, and makes each change once',
    async (phase) => {
      const [payment = '', first = '', second = '', question = '', undone = '', dead = ''] = sent[phase] ?? [];
      await backstop('decide', question, 'ours', '--question', '1.1');
      const outcomes = [];
      for (const id of [payment, first, second, question, undone, dead])
        outcomes.push((await world.settled(id)).outcome);
      expect(outcomes).toEqual(['recovered', 'recovered', 'recovered', 'resolved', 'compensated', 'dead-lettered']);
      const changes = [payment, first, second, undone].map(
        (id) => world.dependency.effects.filter(({ correlationId }) => correlationId === id).length,
      );
      expect(changes).toEqual([1, 1, 1, 1]);
      expect(world.dependency.documents.get(`/documents/strong/${phase}`)).toEqual({ total: 5 });
    },
  );

  it('redrives dead letters of all three', async () => {
    await backstop('dlq', 'redrive', 'orders');
    for (const phase of ['before', 'between', 'after'])
      expect(await world.settled(sent[phase]?.[5] ?? '', 2)).toMatchObject({ outcome: 'dead-lettered' });
  });
});
