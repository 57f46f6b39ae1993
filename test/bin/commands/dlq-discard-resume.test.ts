import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { toItem } from '../../../lambdas/adapters/ledger/ledger-item.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { keyOf } from '../../support/samples.ts';
import { DEAD_LETTERS, DlqScene, PARKED, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();
const ALL = ['--dependency', 'payments', '--reason', 'exhausted'] as const;
const RESUME = ['discard', '--resume', '--json'] as const;

/** Discards dead letters until the first pause, which interrupts it. */
async function interrupted(...args: readonly string[]) {
  const interruption = new AbortController();
  const sleep = async () => interruption.abort();
  const tool = scene.operator({ signal: interruption.signal, sleep });
  const ended = await tool.backstop('dlq', 'discard', ...args, ...WHY);
  expect(ended).toMatchObject({ code: 130 });
  scene.pass(60_000);
  return ended;
}

/** A redrive has moved its dead letter, and there is a new one. */
async function diesAgain(entry: LedgerEntry): Promise<void> {
  const next = { ...entry, cycle: entry.cycle + 1, settledAt: new Date(scene.now()).toISOString() };
  const { client, ledger: TableName } = scene.tables;
  await client.send(new PutItemCommand({ TableName, Item: toItem(next) }));
  scene.sqs.remove(DEAD_LETTERS, (body) => JSON.parse(body).id === entry.id);
  scene.sqs.send(DEAD_LETTERS, scene.deadLetterOf(next));
  scene.pass(1_000);
}

const outcomeOf = async (id: string) => (await scene.ledger.get(keyOf(id)))?.outcome;
const idsIn = (queue: string) => scene.sqs.bodies(queue).map((body) => JSON.parse(body).id);

describe('a discard that is interrupted', () => {
  it('says how to continue, and resumes with the same filter, reason and start', async () => {
    const all = [];
    for (let n = 0; n < 3; n++) all.push((await scene.dead({ reason: 'exhausted' })).id);
    const other = await scene.dead();
    const { err } = await interrupted(...ALL);
    expect(err).toContain('The remaining dead letters are unchanged. To continue: backstop dlq discard --resume');
    expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(3);
    const later = await scene.dead({ reason: 'exhausted' });
    scene.pass(1_000);

    const { out, code } = await scene.dlq(...RESUME);
    expect([code, JSON.parse(out)]).toMatchObject([0, { deleted: 2, why: 'the bank is back' }]);
    expect(scene.plans[0]).toMatch(
      /^Resume the discard that ada started at \S+Z\.\nIt has discarded 1 failure so far, and 2 remain\.\nDiscard 2 dead letters \(exhausted 2\)/,
    );
    expect(await Promise.all(all.map(outcomeOf))).toEqual(['discarded', 'discarded', 'discarded']);
    expect(idsIn(DEAD_LETTERS)).toEqual([other.id, later.id]);
    expect((await scene.lastAct('discard')).facts).toMatchObject({ discarded: 1 });
    expect(await scene.dlq(...RESUME)).toMatchObject({ code: 3, err: expect.stringContaining('nothing to resume') });
  });

  it('leaves a named failure that has died again since then, whose dead letter is new', async () => {
    const [first, again] = [await scene.dead(), await scene.dead()];
    await interrupted(first.id, again.id);
    await diesAgain(again);
    await scene.dlq(...RESUME);
    expect([await outcomeOf(first.id), await outcomeOf(again.id)]).toEqual(['discarded', 'dead-lettered']);
    expect(idsIn(DEAD_LETTERS)).toEqual([again.id]);
  });

  it('keeps to the parked queue, if it was about that', async () => {
    for (let n = 0; n < 2; n++) await scene.dead({ reason: 'exhausted' }, PARKED);
    const kept = await scene.dead({ reason: 'exhausted' });
    await interrupted('--parked', '--reason', 'exhausted');
    await scene.dlq(...RESUME);
    expect([idsIn(PARKED), idsIn(DEAD_LETTERS)]).toEqual([[], [kept.id]]);
  });

  it('is chosen by its id, and by its dependency', async () => {
    for (let n = 0; n < 3; n++) await scene.dead({ reason: 'exhausted' });
    await interrupted(...ALL);
    const { id } = Object(await scene.lastAct('discard'));
    expect(await scene.dlq('discard', '--resume', '--dependency', 'orders')).toMatchObject({ code: 3 });
    expect(await scene.dlq('discard', '--resume', 'another')).toMatchObject({ code: 3 });
    expect((await scene.dlq('discard', '--resume', id)).code).toBe(0);
  });

  it.each([
    ['ends with the same command again', [...ALL, ...WHY]],
    ['ends with its own resume', ['--resume']],
  ])('%s', async (_, args) => {
    for (let n = 0; n < 2; n++) await scene.dead({ reason: 'exhausted' });
    await interrupted(...ALL);
    await scene.dlq('discard', ...args);
    expect(await scene.dlq(...RESUME)).toMatchObject({ code: 3 });
  });

  it('may be interrupted twice, and counts on', async () => {
    for (let n = 0; n < 3; n++) await scene.dead({ reason: 'exhausted' });
    await interrupted(...ALL);
    await interrupted('--resume');
    await scene.dlq(...RESUME);
    expect(scene.plans[0]).toContain('It has discarded 2 failures so far, and 1 remain.');
    expect(idsIn(DEAD_LETTERS)).toEqual([]);
  });

  it.each([[['a']], [['--rule', 'http-422']], [['--parked']], [['--id', 'a']], [['--since', '1h']]])(
    'takes no other filter: %o',
    async (more) => {
      expect(await scene.dlq('discard', '--resume', 'latest', ...more)).toMatchObject({
        code: 2,
        err: expect.stringContaining('--resume continues with the filter of the discard'),
      });
    },
  );
});
