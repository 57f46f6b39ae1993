import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LEASE_MS, redriveRuns } from '../../../../lambdas/adapters/redrive/redrive-runs.ts';
import { telemetry } from '../../../../lambdas/adapters/telemetry.ts';
import { closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { INITIAL_SNAPSHOT } from '../../../../lambdas/domain/circuit/circuit-store.ts';
import { HIDDEN_MS } from '../../../../lambdas/use-cases/redrive/queues.ts';
import {
  type Delivery,
  LATE_LETTERS_MS,
  type RedriveOnClosePorts,
  redriveOnClose,
} from '../../../../lambdas/use-cases/redrive/redrive-on-close.ts';
import { type RedriveRuns, RedriveUnderWayError } from '../../../../lambdas/use-cases/redrive/runs.ts';
import { NOW } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';
import { deadLetterOf, MemoryQueues } from './memory-queues.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

let lanes = 0;

function scene(bodies: readonly string[]) {
  const dependency = `lane-${++lanes}`;
  const queues = new MemoryQueues(bodies);
  const runs = redriveRuns({ client: tables.client, table: 'ledger', now: () => queues.now });
  const delivery: Delivery = {
    messageId: `message-${dependency}`,
    body: JSON.stringify({ 'detail-type': 'Circuit State Changed', detail: { dependency, to: 'closed', sequence: 7 } }),
    sentAt: NOW,
  };
  const ports = (change: Partial<RedriveOnClosePorts> = {}, passesAt = async () => 0): RedriveOnClosePorts => ({
    runs,
    circuits: { read: async () => ({ ...INITIAL_SNAPSHOT, version: 7 }) },
    laneOf: async () => ({
      source: queues.source,
      target: queues.target,
      gate: { passesAt },
      settings: { maxCycles: 5, automatic: true, rate: 5 },
    }),
    now: () => queues.now,
    sleep: queues.sleep,
    signal: new AbortController().signal,
    log: () => undefined,
    telemetry,
    ...change,
  });
  return { dependency, queues, runs, delivery, ports };
}

const deadLetters = (dependency: string, count: number) =>
  Array.from({ length: count }, (_, n) => deadLetterOf(`order-${n}`, { dependency }));
const ofNext = (count: number) => deadLetters(`lane-${lanes + 1}`, count);

describe('redriveOnClose', () => {
  it('redrives what was given up while the dependency was down, and nothing else', async () => {
    const dependency = `lane-${lanes + 1}`;
    const { queues, delivery, ports, runs } = scene([
      deadLetterOf('exhausted', { dependency }),
      deadLetterOf('deadline', { dependency, reason: 'deadline' }),
      deadLetterOf('permanent', { dependency, reason: 'permanent' }),
      deadLetterOf('unknown', { dependency, reason: 'unknown-result' }),
    ]);

    await redriveOnClose(delivery, ports());
    expect(queues.lane.map((body) => JSON.parse(body).id)).toEqual(['exhausted', 'deadline']);
    await expect(runs.get(dependency)).resolves.toMatchObject({ state: 'done', moved: 2, by: 'backstop' });
  });

  it('continues in the next invocation when the time of one is over', async () => {
    const { dependency, queues, delivery, ports, runs } = scene(ofNext(5));
    const over = new AbortController();
    const sleep = async (ms: number) => {
      await queues.sleep(ms);
      if (queues.lane.length === 2) over.abort();
    };

    await expect(redriveOnClose(delivery, ports({ signal: over.signal, sleep }))).resolves.toBe(0);
    expect(queues.lane).toHaveLength(2);
    queues.add(deadLetterOf('failed-again', { dependency }), NOW + LATE_LETTERS_MS);
    await redriveOnClose(delivery, ports());
    expect(queues.lane).toHaveLength(5);
    await expect(runs.get(dependency)).resolves.toMatchObject({ state: 'done', moved: 5 });
  });

  it('moves a dead letter that is kept seconds after the circuit has closed', async () => {
    const { dependency, queues, delivery, ports } = scene(ofNext(1));
    const again = (await redriveOnClose(delivery, ports())) ?? 0;
    expect(again).toBeGreaterThan(LATE_LETTERS_MS);
    queues.add(deadLetterOf('late', { dependency }), NOW + 3_000);
    queues.now += again;
    await expect(redriveOnClose(delivery, ports())).resolves.toBeUndefined();
    expect(queues.lane.map((body) => JSON.parse(body).id)).toEqual(['order-0', 'late']);
  });

  it('looks again when all hidden messages are visible again', async () => {
    const { dependency, queues, delivery, ports, runs } = scene(ofNext(3));
    const inHand = await queues.source.receive(2);
    const again = (await redriveOnClose(delivery, ports())) ?? 0;
    expect(queues.lane).toHaveLength(1);
    expect(queues.now + again).toBeGreaterThan(NOW + HIDDEN_MS);

    queues.now += again;
    await expect(redriveOnClose(delivery, ports())).resolves.toBeUndefined();
    expect(queues.lane).toHaveLength(1 + inHand.length);
    await expect(runs.get(dependency)).resolves.toMatchObject({ state: 'done', moved: 3 });
  });

  it.each([1, 2, 5])('continues after an operator who took over when it had moved %i of 6', async (moved) => {
    const { dependency, queues, delivery, ports, runs } = scene(ofNext(6));
    const theirs = { lane: dependency, run: 'theirs', by: 'ada' };
    let hasStalled = false;
    const sleep = async (ms: number) => {
      await queues.sleep(ms);
      if (hasStalled || queues.lane.length < moved) return;
      hasStalled = true;
      queues.now += LEASE_MS;
      await runs.begin({ ...SOMEBODYS, ...theirs });
    };

    await expect(redriveOnClose(delivery, ports({ sleep }))).resolves.toBe(30_000);
    await expect(redriveOnClose(delivery, ports({ sleep }))).resolves.toBe(30_000);
    expect(queues.lane).toHaveLength(moved);
    await runs.end(theirs, 'done', 0);
    await redriveOnClose(delivery, ports({ sleep }));
    expect(queues.lane).toHaveLength(6);
  });

  it('looks again as long as others hide dead letters, also after those of the outage are visible', async () => {
    const { queues, delivery, ports } = scene(ofNext(3));
    for (let look = 0; look < 3; look++) {
      await queues.source.receive(2);
      const again = (await redriveOnClose(delivery, ports())) ?? 0;
      expect(again).toBeGreaterThan(0);
      queues.now += again;
    }
    await expect(redriveOnClose(delivery, ports())).resolves.toBeUndefined();
    expect(queues.lane).toHaveLength(3);
  });

  it('looks again where somebody has removed so many dead letters as are hidden, and the count fits', async () => {
    const { dependency, queues, delivery, ports } = scene(ofNext(1));
    for (const id of ['b', 'c']) queues.add(deadLetterOf(id, { dependency, reason: 'permanent' }));
    queues.now += 2 * HIDDEN_MS;
    await queues.source.receive(1);
    let hasRemoved = false;
    const sleep = async (ms: number) => {
      await queues.sleep(ms);
      if (hasRemoved) return;
      hasRemoved = true;
      await queues.source.remove(await queues.source.receive(1));
    };
    await expect(redriveOnClose(delivery, ports({ sleep }))).resolves.toBeGreaterThan(0);
  });

  it('ends where the circuit has opened again', async () => {
    const { queues, delivery, ports } = scene(ofNext(5));
    const passesAt = async () => (queues.lane.length < 2 ? 0 : NOW + 3_600_000);
    await expect(redriveOnClose(delivery, ports({}, passesAt))).resolves.toBeUndefined();
    expect(queues.lane).toHaveLength(2);
    expect(queues.visible).toHaveLength(3);
  });

  it('continues soon if a queue or a table did not answer, before its own message is visible again', async () => {
    const { queues, delivery, ports } = scene(ofNext(2));
    let sends = 0;
    queues.step = (call, when) => {
      if (call === 'send' && when === 'before' && ++sends === 2) throw new Error('SQS does not answer');
    };
    vi.spyOn(console, 'log').mockReturnValue();
    await expect(redriveOnClose(delivery, ports())).resolves.toBe(30_000);
    expect(queues.lane).toHaveLength(1);
    await redriveOnClose(delivery, ports());
    expect(queues.lane).toHaveLength(2);
  });

  it('comes back later where somebody redrives the lane already', async () => {
    const { dependency, queues, delivery, ports, runs } = scene(ofNext(1));
    await runs.begin({ ...SOMEBODYS, lane: dependency });
    await expect(redriveOnClose(delivery, ports())).resolves.toBe(30_000);
    expect(queues.lane).toEqual([]);
  });

  const open = { ...closed(NOW), kind: 'open', until: NOW + 1, trippedAt: NOW } as const;
  it.each([
    ['counts fewer writes than the event claims', { ...INITIAL_SNAPSHOT, version: 6 }],
    ['is unknown', INITIAL_SNAPSHOT],
    ['has opened again', { ...INITIAL_SNAPSHOT, version: 9, circuit: open }],
  ])('starts nothing for a circuit that %s', async (_, snapshot) => {
    const { dependency, queues, delivery, ports, runs } = scene(ofNext(1));
    const circuits = { read: async () => snapshot };
    await expect(redriveOnClose(delivery, ports({ circuits }))).resolves.toBeUndefined();
    expect(queues.lane).toEqual([]);
    await expect(runs.get(dependency)).resolves.toBeUndefined();
  });

  it('has nothing to do for a lane that has no redrive of its own any more', async () => {
    const { queues, delivery, ports } = scene(ofNext(1));
    await expect(redriveOnClose(delivery, ports({ laneOf: async () => undefined }))).resolves.toBeUndefined();
    expect(queues.lane).toEqual([]);
  });
});

const SOMEBODYS = { run: 'theirs', by: 'ada', why: 'test', filter: {}, rate: 5, startedAt: NOW, moved: 3 };

describe('redriveRuns', () => {
  let now = NOW;
  const begin = (runs: RedriveRuns, lane: string, run: string) => runs.begin({ ...SOMEBODYS, lane, run });
  const open = () => redriveRuns({ client: tables.client, table: 'ledger', now: () => now });

  it('lets one at a time redrive a queue, until it has ended', async () => {
    const runs = open();
    await begin(runs, 'one', 'a');
    await expect(begin(runs, 'one', 'b')).rejects.toThrow(RedriveUnderWayError);
    await expect(begin(runs, 'two', 'b')).resolves.toMatchObject({ state: 'running' });
    await runs.end({ lane: 'one', run: 'a' }, 'interrupted', 7);
    await expect(runs.get('one')).resolves.toMatchObject({ state: 'interrupted', moved: 7, filter: {} });
    await expect(begin(runs, 'one', 'b')).resolves.toMatchObject({ run: 'b' });
  });

  it('keeps the latest run while somebody only looks, who then may begin', async () => {
    const runs = open();
    await begin(runs, 'five', 'a');
    await runs.end({ lane: 'five', run: 'a' }, 'interrupted', 7);
    const looks = { lane: 'five', run: 'b', by: 'bob' };
    await runs.claim(looks);
    await expect(runs.get('five')).resolves.toMatchObject({ run: 'a', state: 'interrupted', moved: 7 });
    await expect(begin(runs, 'five', 'c')).rejects.toThrow('already being redriven by bob');
    await expect(runs.claim({ ...looks, run: 'c' })).rejects.toThrow(RedriveUnderWayError);
    await expect(runs.release({ lane: 'five', run: 'c' })).resolves.toBeUndefined();
    await expect(runs.renew(looks)).resolves.toBe(true);
    await expect(begin(runs, 'five', 'b')).resolves.toMatchObject({ run: 'b' });
  });

  it('frees the queue when somebody who only looked gives up', async () => {
    const runs = open();
    await runs.claim({ lane: 'six', run: 'a', by: 'ada' });
    await runs.release({ lane: 'six', run: 'a' });
    await expect(runs.get('six')).resolves.toBeUndefined();
    await expect(runs.renew({ lane: 'six', run: 'a' })).resolves.toBe(false);
    await expect(begin(runs, 'six', 'b')).resolves.toMatchObject({ run: 'b' });
  });

  it('takes over from one that has not been heard of, which then learns it', async () => {
    const runs = open();
    await begin(runs, 'three', 'a');
    now += LEASE_MS;
    await begin(runs, 'three', 'b');
    await expect(runs.renew({ lane: 'three', run: 'a' }, 9)).resolves.toBe(false);
    await runs.end({ lane: 'three', run: 'a' }, 'done', 9);
    await expect(runs.get('three')).resolves.toMatchObject({ run: 'b', state: 'running', moved: 3 });
    await expect(begin(runs, 'three', 'c')).rejects.toThrow(RedriveUnderWayError);
  });

  it('keeps the lease of one that is heard of', async () => {
    const runs = open();
    await begin(runs, 'four', 'a');
    now += LEASE_MS - 1;
    await runs.renew({ lane: 'four', run: 'a' }, 4);
    now += LEASE_MS - 1;
    await expect(begin(runs, 'four', 'b')).rejects.toThrow('ada');
  });
});
