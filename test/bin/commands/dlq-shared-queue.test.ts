import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redriveRuns } from '../../../lambdas/adapters/redrive/redrive-runs.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { fakeClient } from '../../support/operator.ts';
import { keyOf } from '../../support/samples.ts';
import { DEAD_LETTERS, DlqScene, LANE_QUEUE, PARKED, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();
const FAST = ['--rate', '500', ...WHY] as const;

async function deadLetters(count: number, change: (n: number) => Partial<LedgerEntry> = () => ({})) {
  const entries: LedgerEntry[] = [];
  for (let n = 0; n < count; n++) entries.push(await scene.dead(change(n)));
  return entries;
}

/** A colleague receives messages and hides them. */
async function hide(count: number, seconds: number, url = DEAD_LETTERS): Promise<void> {
  for (let left = count; left > 0; left -= 10) {
    const MaxNumberOfMessages = Math.min(10, left);
    await scene.sqs.client.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages, VisibilityTimeout: seconds }),
    );
  }
}

/** A colleague takes messages out of the queue for good. */
function takeAway(...ids: readonly string[]): void {
  scene.sqs.remove(DEAD_LETTERS, (body) => ids.includes(JSON.parse(body).id));
}

const idsIn = (url: string) => scene.sqs.allBodies(url).map((body) => JSON.parse(body).id);

describe('a command by filter in a long queue', () => {
  it.each([0, 9, 10, 29, 59])('redrives the one dead letter that it names, at place %i of 60', async (place) => {
    const ids = (await deadLetters(60)).map(({ id }) => id);
    const { out, code } = await scene.dlq('redrive', 'payments', '--id', ids[place] ?? '', ...FAST, '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, matched: 1, moved: 1, left: 59, gone: 0 });
    expect(idsIn(LANE_QUEUE)).toEqual([ids[place]]);
    expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(59);
  });

  it.each([0, 9, 10, 29, 59])('discards the one dead letter that it names, at place %i of 60', async (place) => {
    const ids = (await deadLetters(60)).map(({ id }) => id);
    const { out, code } = await scene.dlq('discard', ids[place] ?? '', ...WHY, '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, discarded: [ids[place]], deleted: 1, left: [] });
    expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(59);
  });

  it('handles exactly what matches, in whatever order and number', async () => {
    const queue = fc.array(fc.boolean(), { minLength: 1, maxLength: 90 });
    const command = fc.constantFrom('redrive', 'discard');
    await fc.assert(
      fc.asyncProperty(queue, command, async (matching, name) => {
        scene.sqs.drain(DEAD_LETTERS);
        scene.sqs.drain(LANE_QUEUE);
        const entries = await deadLetters(matching.length, (n) => ({ correlationId: matching[n] ? 'ours' : 'theirs' }));
        const ours = entries.filter(({ correlationId }) => correlationId === 'ours').map(({ id }) => id);
        const filter = ['--correlation-id', 'ours'];
        const { code } = await (name === 'redrive'
          ? scene.dlq('redrive', 'payments', ...filter, ...FAST)
          : scene.dlq('discard', '--dependency', 'payments', ...filter, ...WHY));
        expect(code).toBe(ours.length === 0 && name === 'discard' ? 3 : 0);
        expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(entries.length - ours.length);
        expect(idsIn(LANE_QUEUE).toSorted()).toEqual(name === 'redrive' ? ours.toSorted() : []);
      }),
      { numRuns: 25 },
    );
  });
});

describe('while a colleague reads the queue', () => {
  it.each([
    [40, 60],
    [60, 60],
    [40, 300],
    [60, 300],
  ])('a redrive waits for %i of 60 dead letters that are hidden for %i s', async (hidden, seconds) => {
    await deadLetters(60);
    await hide(hidden, seconds);
    const { out, err, code } = await scene.dlq('redrive', 'payments', ...FAST, '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, matched: 60, moved: 60, left: 0 });
    expect(err).toContain(`Waiting for ${hidden} dead letters that another reader hides`);
    expect(scene.sqs.allBodies(DEAD_LETTERS)).toEqual([]);
  });

  it('a discard waits for what is hidden, and does not end it in the ledger alone', async () => {
    const [one = { id: '' }] = await deadLetters(3);
    await hide(3, 300);
    const { out, code } = await scene.dlq('discard', one.id, ...WHY, '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, discarded: [one.id], deleted: 1, left: [] });
  });

  it.each([1, 2])(
    'a discard ends no failure in the ledger whose dead letter may be among %i hidden ones',
    async (hidden) => {
      const [one = { id: '' }, other = { id: '' }] = await deadLetters(2);
      await hide(hidden, 36_000);
      const { out, code } = await scene.dlq('discard', one.id, other.id, ...WHY, '--json');
      const left = [one.id, other.id].slice(0, hidden);
      expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 5, deleted: 2 - hidden, left, hidden });
      expect(await scene.ledger.get(keyOf(one.id))).toMatchObject({ outcome: 'dead-lettered' });
    },
  );

  it('a list waits a minute, and then says what it could not see', async () => {
    await deadLetters(12);
    await hide(5, 60);
    expect((await scene.dlq('ls')).out).toContain('12 dead letters: permanent 12');
    await hide(5, 3_600);
    const { out } = await scene.dlq('ls', '--json');
    expect(JSON.parse(out)).toMatchObject({ total: 7, isWhole: false, hidden: 5 });
    expect((await scene.dlq('ls')).out).toContain('Another reader hides 5 dead letters');
  });

  it('a hidden dead letter is not reported as gone', async () => {
    const { id } = await scene.dead();
    await hide(1, 3_600);
    const { out } = await scene.dlq('show', id);
    expect(out).toContain('may be among the 1 that another reader hides');
    expect(out).not.toContain('Its dead letter is gone');
  });

  it.each([
    ['redrive', ['redrive', 'payments', ...FAST]],
    ['discard', ['discard', '--dependency', 'payments', ...WHY]],
  ])(
    'a %s whose dead letters are all hidden for hours changes nothing, and does not say that it is done',
    async (_, args) => {
      await deadLetters(5);
      await hide(5, 36_000);
      const { out, err, code } = await scene.dlq(...args, '--json');
      expect(code).toBe(5);
      expect(err).toContain('another reader');
      expect(JSON.parse(out)).toMatchObject({ hidden: 5 });
      expect(scene.plans).toEqual([]);
    },
  );

  it('a parked failure that is hidden is not said to be absent', async () => {
    const { id } = await scene.dead({ cycle: 5, parkedAfter: 5 }, PARKED);
    await hide(1, 36_000, PARKED);
    expect(await scene.dlq('redrive', '--parked', id, ...WHY)).toMatchObject({ code: 5 });
    expect((await scene.ledger.get(keyOf(id)))?.cyclesAllowed).toBeUndefined();
  });
});

describe('what was planned and not done', () => {
  /** An operator who takes time to confirm. */
  const slow = (meanwhile: () => Promise<void> | void) =>
    scene.operator({
      clients: {
        lambda: fakeClient<never>(async () => {
          await meanwhile();
          return { State: 'Enabled' };
        }),
      },
    });

  it('a redrive says how many dead letters others hide, fills left, and can be resumed', async () => {
    await deadLetters(60);
    const { out, err, code } = await slow(() => hide(40, 3_600)).backstop(
      'dlq',
      'redrive',
      'payments',
      ...FAST,
      '--json',
    );
    expect(code).toBe(5);
    expect(JSON.parse(out)).toMatchObject({ end: 'done', matched: 60, moved: 20, left: 40, hidden: 40, gone: 0 });
    expect(err).toContain('Incomplete: moved 20 of 60 dead letters.');
    expect(err).toContain('another reader still hides 40 dead letters');
    scene.pass(3_600_000);
    const resumed = await scene.dlq('redrive', 'payments', '--resume', '--rate', '500', '--json');
    expect({ code: resumed.code, ...JSON.parse(resumed.out) }).toMatchObject({ code: 0, moved: 60, left: 0 });
  });

  it('a redrive says how many dead letters somebody else has taken', async () => {
    const [one = { id: '' }, other = { id: '' }] = await deadLetters(12);
    const { out, err, code } = await slow(() => takeAway(one.id, other.id)).backstop(
      ...['dlq', 'redrive', 'payments', ...FAST, '--json'],
    );
    expect(code).toBe(5);
    expect(JSON.parse(out)).toMatchObject({ matched: 12, moved: 10, left: 2, hidden: 0, gone: 2 });
    expect(err).toContain('2 dead letters, no longer in the queue');
  });

  it('a discard names the failures that are left, and why', async () => {
    const [one = { id: '' }] = await deadLetters(12);
    const busy = await scene.dead({ outbox: { eventId: 'e', detailType: 'Operation Dead-Lettered', detail: '{}' } });
    const think = async () => takeAway(one.id);
    const args = ['dlq', 'discard', '--dependency', 'payments', '--why', 'gone', '--json'];
    const { out, err, code } = await scene.operator({ think }).backstop(...args);
    expect(code).toBe(5);
    expect(JSON.parse(out)).toMatchObject({ deleted: 11, left: expect.arrayContaining([one.id, busy.id]), hidden: 0 });
    expect(err).toContain(`because somebody else moved or discarded it: ${one.id}`);
  });
});

describe('two redrives of a lane', () => {
  it('do not overlap, not even while one operator thinks: the lease comes before the look', async () => {
    await deadLetters(3);
    const answers: unknown[] = [];
    const lambda = fakeClient<never>(async () => {
      answers.push(await scene.dlq('redrive', 'payments', ...FAST));
      return { State: 'Enabled' };
    });
    const first = await scene.operator({ clients: { lambda } }).backstop('dlq', 'redrive', 'payments', ...FAST);
    expect(first).toMatchObject({ code: 0 });
    expect(answers).toMatchObject([{ code: 4, err: expect.stringContaining('already being redriven by ada') }]);
    expect(idsIn(LANE_QUEUE)).toHaveLength(3);
  });

  it('do not take a cycle of what failed again while one operator thought', async () => {
    const [one] = await deadLetters(1);
    const lambda = fakeClient<never>(async () => {
      if (!one || idsIn(LANE_QUEUE).length > 0) return { State: 'Enabled' };
      scene.pass(120_000);
      expect(await scene.dlq('redrive', 'payments', ...FAST)).toMatchObject({ code: 0 });
      scene.pass(10_000);
      scene.sqs.put(DEAD_LETTERS, scene.deadLetterOf({ ...one, cycle: 2 }));
      return { State: 'Enabled' };
    });
    const late = await scene.operator({ clients: { lambda } }).backstop('dlq', 'redrive', 'payments', ...FAST);
    expect(late).toMatchObject({ code: 4, err: expect.stringContaining('another redrive of payments has begun') });
    expect(idsIn(DEAD_LETTERS)).toEqual([one?.id]);
    expect(idsIn(LANE_QUEUE)).toEqual([one?.id]);
  });

  it('leave what arrived while the operator thought, which was not in the plan', async () => {
    await deadLetters(3);
    const lambda = fakeClient<never>(async () => {
      scene.pass(30_000);
      await scene.dead();
      scene.pass(30_000);
      return { State: 'Enabled' };
    });
    const args = ['dlq', 'redrive', 'payments', ...FAST, '--json'];
    const { out, code } = await scene.operator({ clients: { lambda } }).backstop(...args);
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, matched: 3, moved: 3, newer: 1 });
    expect(idsIn(DEAD_LETTERS)).toHaveLength(1);
  });

  it('an operator who declines, or finds nothing, leaves the interrupted redrive of another to be resumed', async () => {
    await deadLetters(3);
    const interruption = new AbortController();
    const sleep = async () => interruption.abort();
    const interrupted = scene.operator({ signal: interruption.signal, sleep });
    expect(await interrupted.backstop('dlq', 'redrive', 'payments', ...WHY)).toMatchObject({ code: 130 });
    await scene.operator({ agrees: false }).backstop('dlq', 'redrive', 'payments', ...WHY);
    await scene.dlq('redrive', 'payments', '--reason', 'deadline', ...WHY);
    const { out } = await scene.dlq('redrive', 'payments', '--resume', '--json');
    expect(JSON.parse(out)).toMatchObject({ end: 'done', moved: 3, left: 0 });
  });

  it('release the lease, however they end', async () => {
    await deadLetters(1);
    const { tables, now } = scene;
    const runs = redriveRuns({ client: tables.client, table: tables.ledger, now });
    const claim = { lane: 'payments', run: 'next', by: 'bob' };
    const broken = scene.operator({ clients: { sqs: fakeClient<never>(() => Promise.reject(new Error('down'))) } });
    for (const ends of [
      () => scene.operator({ agrees: false }).backstop('dlq', 'redrive', 'payments', ...WHY),
      () => broken.backstop('dlq', 'redrive', 'payments', ...WHY),
      () => scene.dlq('redrive', 'payments', '--reason', 'deadline', ...WHY),
      () => scene.dlq('redrive', 'payments', ...WHY),
    ]) {
      await ends();
      await expect(runs.claim(claim)).resolves.toBeUndefined();
      await runs.release(claim);
    }
  });
});
