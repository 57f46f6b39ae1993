import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { toItem } from '../../../lambdas/adapters/ledger/ledger-item.ts';
import { redriveRuns } from '../../../lambdas/adapters/redrive/redrive-runs.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { fakeClient } from '../../support/operator.ts';
import { keyOf, sampleEntry, sampleUndo } from '../../support/samples.ts';
import { DEAD_LETTERS, DlqScene, LANE_QUEUE, PARKED, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

describe('backstop dlq redrive', () => {
  it('announces its plan, moves the dead letters that match, and writes an audit record', async () => {
    const deadLetters = [
      await scene.dead({ reason: 'exhausted' }),
      await scene.dead({ reason: 'exhausted', cycle: 5 }),
    ];
    await scene.dead();
    const ended = await scene.dlq('redrive', 'payments', '--reason', 'exhausted', ...WHY, '--rate', '500', '--json');
    expect(JSON.parse(ended.out)).toMatchObject({ end: 'done', moved: 2, matched: 2, left: 1 });
    expect(scene.plans[0]).toMatch(
      /^Redrive 2 dead letters of payments to its lane \(exhausted 2\)\.\nRamps up to 500 per second/,
    );
    expect(scene.plans[0]).toContain('Will be parked, no cycles left: 1.');
    const moved = scene.sqs.bodies(LANE_QUEUE).map((body) => JSON.parse(body).id);
    expect(moved.toSorted()).toEqual(deadLetters.map(({ id }) => id).toSorted());
    expect(await scene.lastAct()).toMatchObject({ action: 'redrive', by: 'ada', why: 'the bank is back' });
  });

  it('warns if the lane is paused, because its queue keeps dead letters for a shorter time', async () => {
    await scene.dead();
    const lambda = fakeClient<never>(() => ({ State: 'Disabled' }));
    const { backstop, plans } = scene.operator({ clients: { lambda }, agrees: false });
    await backstop('dlq', 'redrive', 'payments', ...WHY);
    expect(plans[0]).toContain(
      'The lane is PAUSED: dead letters wait in its queue until you resume it. After 4 days SQS deletes them.',
    );
  });

  it('only counts, and shows a sample, where it is told to', async () => {
    const { id } = await scene.dead();
    const { out } = await scene.dlq('redrive', 'payments', '--dry-run');
    expect(out).toContain('Dry run: would redrive 1 dead letter of payments to its lane (permanent 1).');
    expect(out).toContain(id);
    expect(scene.plans).toEqual([]);
    expect(scene.sqs.bodies(LANE_QUEUE)).toEqual([]);
  });

  it('names those with completed steps that are still in effect, before anything is done', async () => {
    const step = { name: 'reserve', dependency: 'stock', attempts: 7 };
    const left = await scene.dead({ undo: sampleUndo({ steps: [{ ...step, state: 'failed' }] }) });
    await scene.dead({ undo: sampleUndo({ steps: [{ ...step, state: 'done' }] }) });
    const { out } = await scene.dlq('redrive', 'payments', '--dry-run', '--json');
    expect(JSON.parse(out)).toMatchObject({ matched: 2, stepsLeft: [left.id] });
  });

  it('finds the lane of an id by itself', async () => {
    const { id } = await scene.dead();
    await scene.dlq('redrive', '--id', id, ...WHY);
    expect(scene.sqs.bodies(LANE_QUEUE)).toHaveLength(1);
  });

  it('that is interrupted says how many it moved, and resumes with the same filter', async () => {
    for (let n = 0; n < 3; n++) await scene.dead({ reason: 'exhausted' });
    await scene.dead();
    const interruption = new AbortController();
    // The redrive pauses after the first dead letter, which interrupts it.
    const sleep = async () => interruption.abort();
    const interrupted = scene.operator({ signal: interruption.signal, sleep });
    expect(await interrupted.backstop('dlq', 'redrive', 'payments', '--reason', 'exhausted', ...WHY)).toMatchObject({
      code: 130,
      err: expect.stringContaining(
        'Moved 1 of 3 dead letters; the rest stay in their queue. To continue: backstop dlq redrive payments --resume',
      ),
    });
    expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(3);

    const { out } = await scene.dlq('redrive', 'payments', '--resume', '--rate', '500', '--json');
    expect(JSON.parse(out)).toMatchObject({ end: 'done', moved: 3, left: 1 });
    expect(await scene.dlq('redrive', 'payments', '--resume', ...WHY)).toMatchObject({ code: 3 });
  });

  it('leaves the lane to somebody who is at it', async () => {
    await scene.dead();
    const { tables } = scene;
    const runs = redriveRuns({ client: tables.client, table: tables.ledger, now: scene.now });
    const theirs = {
      lane: 'payments',
      run: 'theirs',
      by: 'bob',
      why: 'w',
      filter: {},
      rate: 5,
      startedAt: 0,
      moved: 0,
    };
    await runs.begin(theirs);
    expect(await scene.dlq('redrive', 'payments', ...WHY)).toMatchObject({
      code: 4,
      err: expect.stringContaining('by bob'),
    });
    expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(1);
    await runs.end(theirs, 'done', 0);
  });

  it('lets a parked failure have one more cycle', async () => {
    const { id } = await scene.dead({ cycle: 5, parkedAfter: 5 }, PARKED);
    const { out } = await scene.dlq('redrive', '--parked', id, ...WHY);
    expect(scene.plans[0]).toContain('one more cycle, its 6th');
    expect(out).toContain('Moved 1 dead letter of');
    expect(await scene.ledger.get(keyOf(id))).toMatchObject({ cyclesAllowed: 6 });
    expect(scene.sqs.bodies(LANE_QUEUE)).toHaveLength(1);
    expect(await scene.dlq('redrive', '--parked', id, ...WHY)).toMatchObject({ code: 3 });
  });

  it("moves all messages of a queue that doesn't belong to a lane", async () => {
    scene.sqs.put('http://127.0.0.1/queues/theirs', 'hello', '{"a":1}');
    const to = ['--from', 'http://127.0.0.1/queues/theirs', '--to', 'http://127.0.0.1/queues/ours'] as const;
    await scene.dlq('redrive', ...to, ...WHY);
    expect(scene.sqs.bodies('http://127.0.0.1/queues/ours')).toEqual(['hello', '{"a":1}']);
    expect(scene.sqs.bodies('http://127.0.0.1/queues/theirs')).toEqual([]);
  });

  it('does nothing without a reason, nor where the operator says no', async () => {
    await scene.dead();
    expect(await scene.dlq('redrive', 'payments')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--why'),
    });
    const unwilling = scene.operator({ agrees: false });
    expect(await unwilling.backstop('dlq', 'redrive', 'payments', ...WHY)).toMatchObject({ code: 4 });
    expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(1);
  });
});

describe('after a redrive, the tool', () => {
  /** A lane that ends what it gets while the tool waits for it. */
  async function redriven(ends: readonly Partial<LedgerEntry>[], ...options: readonly string[]) {
    const letters: LedgerEntry[] = [];
    for (const _ of ends) letters.push(await scene.dead());
    const sleep = async (ms: number) => {
      scene.pass(ms);
      for (const [at, change] of ends.entries()) {
        const Item = toItem(sampleEntry({ ...letters[at], cycle: 2, ...change }));
        await scene.tables.client.send(new PutItemCommand({ TableName: scene.tables.ledger, Item }));
      }
    };
    const ids = letters.flatMap(({ id }) => ['--id', id]);
    const { backstop } = scene.operator({ sleep });
    return {
      letters,
      ended: await backstop('dlq', 'redrive', 'payments', ...ids, '--rate', '500', ...WHY, ...options),
    };
  }
  const HEALED = { state: 'settled', outcome: 'recovered' } as const;
  const DIED = {
    state: 'settled',
    outcome: 'dead-lettered',
    reason: 'permanent',
    excerpt: 'message: no card',
  } as const;

  it('says that they have healed', async () => {
    const { ended } = await redriven([HEALED, HEALED]);
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toBe(
      'Moved 2 dead letters of payments to its lane.\n2 recovered.\nnext: backstop dlq ls payments\nnext: backstop status\n',
    );
  });

  it('says which died again and why, with the next command, and ends with code 6', async () => {
    const { ended, letters } = await redriven([HEALED, DIED]);
    const summary = '1 recovered, 1 died again (permanent: message: no card)';
    expect(ended).toMatchObject({ code: 6, err: 'Died again: 1 of 2 dead letters.\n' });
    expect(ended.out).toContain(`${summary}.\nnext: backstop dlq show ${letters[1]?.id}\n`);
  });

  it('keeps in the audit log how they ended', async () => {
    await redriven([HEALED, DIED, { state: 'open' }]);
    const end = { result: 'done', facts: { moved: 3, healed: 1, died: 1, pending: 1 } };
    expect(await scene.lastAct()).toMatchObject({ action: 'redrive', end });
    expect((await scene.operator().backstop('audit')).out).toMatch(/moved 3,.*healed 1,.*died 1,.*pending 1/s);
    await redriven([HEALED]);
    expect((await scene.lastAct()).end?.facts).toEqual({ moved: 1, healed: 1, died: 0 });
  });

  it('says it as JSON, too', async () => {
    const { ended } = await redriven([DIED], '--json');
    const outcomes = { moved: 1, followed: 1, healed: 0, died: 1, summary: expect.stringContaining('died again') };
    expect(JSON.parse(ended.out)).toMatchObject({ end: 'done', moved: 1, outcomes });
    expect(JSON.parse(ended.err)).toMatchObject({ error: { code: 6 } });
  });

  it('says that they are under way, and how to follow them', async () => {
    const { ended } = await redriven([{ state: 'open' }]);
    expect(ended.code).toBe(0);
    expect(ended.out).toContain('1 still under way.\n');
    expect(ended.out).toContain('next: backstop failures --dependency payments\n');
  });

  it('lets others redrive while it waits for outcomes', async () => {
    await scene.dead();
    let isFree: boolean | undefined;
    const sleep = async (ms: number) => {
      scene.pass(ms);
      isFree ??= (await scene.dlq('redrive', 'payments', '--wait', '0s', ...WHY)).code === 0;
    };
    await scene.operator({ sleep }).backstop('dlq', 'redrive', 'payments', ...WHY);
    expect(isFree).toBe(true);
  });

  it('stops waiting when it is interrupted, and says what it knows', async () => {
    await scene.dead();
    const interruption = new AbortController();
    const sleep = async () => interruption.abort();
    const { backstop } = scene.operator({ sleep, signal: interruption.signal });
    const ended = await backstop('dlq', 'redrive', 'payments', '--rate', '500', ...WHY);
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toContain('Stopped waiting: 1 not yet read by the lane.\n');
  });
});
