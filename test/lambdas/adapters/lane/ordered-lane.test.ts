import type { SQSRecord } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { processLaneBatch } from '../../../../lambdas/adapters/lane/lane-batch.ts';
import { hiddenMs } from '../../../../lambdas/adapters/lane/ordered-lane.ts';
import { logger } from '../../../../lambdas/adapters/telemetry.ts';
import type { Question } from '../../../../lambdas/contract/conflict-record.ts';
import { BusyError } from '../../../../lambdas/contract/errors.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { type Known, lanePorts } from '../../../support/lane.ts';
import { NOW, sampleEntry, sampleFailure, sampleSettings } from '../../../support/samples.ts';

const HOUR_MS = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();

const question: Question = {
  id: '1.1',
  because: 'both-changed',
  askedAt: iso(NOW),
  until: iso(NOW + HOUR_MS),
  state: 'digest',
  shown: '{}',
};
const answer = { choice: 'ours', by: 'somebody', why: 'because', at: iso(NOW) } as const;

/** An entry whose failure is in the machine since the given time. */
const warm = (id: string, change: Partial<LedgerEntry> = {}, since = NOW) =>
  sampleEntry({ id, tier: 'warm', execution: id, trail: [{ at: iso(since), step: 'handed-over' }], ...change });
const held = (id: string, until: number) =>
  sampleEntry({ id, held: 'circuit', notBefore: iso(until), failure: sampleFailure({ id }) });
const settled = (id: string) => sampleEntry({ id, state: 'settled', outcome: 'recovered' });

describe('a message stays', () => {
  it.each<[string, LedgerEntry, number | undefined]>([
    ['until the circuit may be asked again', held('a', NOW + 5_500), 5_500],
    ['for a second where that is now', held('a', NOW), 1_000],
    ['for a quarter of an hour where that is far away', held('a', NOW + 23 * HOUR_MS), 900_000],
    ['for a second where the machine has just got its failure', warm('a'), 1_000],
    ['for a quarter of the time that the machine has had it', warm('a', {}, NOW - 60_000), 15_000],
    ['for a quarter of an hour at most', warm('a', {}, NOW - 23 * HOUR_MS), 900_000],
    ['while an answer of a human is carried out', warm('a', { question: { ...question, answer } }), 1_000],
    ['no longer than until a human is asked', warm('a', { question }), undefined],
    ['no longer than until its failure has its outcome', settled('a'), undefined],
  ])('%s', (_, entry, expected) => {
    expect(hiddenMs(entry, NOW)).toBe(expected);
  });

  /** Simulates the checks of a failure in the machine. @returns their number, and the delay of the last one */
  function looks(keptMs: number): { readonly count: number; readonly lateMs: number } {
    let at = NOW;
    let count = 0;
    for (; at < NOW + keptMs; count++) at += hiddenMs(warm('a'), at) ?? 0;
    return { count, lateMs: at - (NOW + keptMs) };
  }

  it.each([
    ['10 s', 10_000, 10],
    ['10 min', 600_000, 27],
    ['an hour', HOUR_MS, 35],
    ['the longest deadline', 23 * HOUR_MS, 125],
    ['four days of rescues', 96 * HOUR_MS, 420],
  ])('and is received some tens of times while the machine has its failure for %s', (_, keptMs, most) => {
    const { count, lateMs } = looks(keptMs);
    expect(count).toBeLessThanOrEqual(most);
    expect(lateMs).toBeLessThanOrEqual(Math.min(900_000, Math.max(1_000, keptMs / 4)));
  });
});

afterEach(() => void vi.restoreAllMocks());

const record = (id: string, received = 1, body = writeFailure(sampleFailure({ id }))) =>
  ({ messageId: id, body, attributes: { ApproximateReceiveCount: String(received) } }) as SQSRecord;

/** An ordered lane whose ledger knows only these entries. It stores any other failure as settled. */
function lane(known: Known = {}) {
  const done = { hidden: [] as [string, number][], aside: [] as string[], started: 0, rejected: 0 };
  const { ports, claimed } = lanePorts(known, {
    startRecovery: async () => void done.started++,
    intake: {
      settings: sampleSettings({ ordered: true }),
      deadLetterQueueUrl: 'url',
      deadlineMs: HOUR_MS,
      retentionMs: 30 * 86_400_000,
    },
    keepRejected: async () => void done.rejected++,
    requeue: () => Promise.reject(new Error('others would overtake it')),
    ordered: {
      hide: async ({ messageId }, forMs) => void done.hidden.push([messageId, forMs]),
      sendToDeadLetterQueue: async (body) => void done.aside.push(body),
    },
  });
  const work = async (...records: readonly SQSRecord[]) => {
    const { batchItemFailures } = await processLaneBatch(records, ports, () => 60_000);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { work, ports, done, claimed };
}

describe('an ordered lane', () => {
  it.each<[string, LedgerEntry]>([
    ['is over', settled('a')],
    ['waits for a human', warm('a', { question })],
  ])('lets a message go whose failure %s', async (_, entry) => {
    const { work, done } = lane({ a: entry });
    expect(await work(record('a', 7))).toEqual([]);
    expect(done).toMatchObject({ hidden: [], aside: [] });
  });

  it('keeps a message whose failure the machine has, and starts an execution that was not started', async () => {
    const { work, done } = lane({ a: warm('a', {}, NOW - 8_000) });
    expect(await work(record('a'))).toEqual(['a']);
    expect(done).toMatchObject({ hidden: [['a', 2_000]], started: 1 });
  });

  it('keeps a message whose circuit is open, and sends no copy that others would overtake', async () => {
    const { work, done } = lane({ a: held('a', NOW + 30_000) });
    expect(await work(record('a'))).toEqual(['a']);
    expect(done.hidden).toEqual([['a', 30_000]]);
  });

  it('looks again soon where somebody else is at a failure', async () => {
    const { work, done } = lane({ a: new BusyError('another is at it') });
    expect(await work(record('a'))).toEqual(['a']);
    expect(done.hidden).toEqual([['a', 1_000]]);
  });

  it('leaves a message that failed hidden for as long as its queue does', async () => {
    const { work, done } = lane({ a: new Error('the table is gone') });
    expect(await work(record('a'))).toEqual(['a']);
    expect(done.hidden).toEqual([]);
  });

  it('works on nothing that comes after a message that stays', async () => {
    const { work, claimed } = lane({ b: warm('b') });
    expect(await work(record('a'), record('b'), record('c'), record('d'))).toEqual(['b', 'c', 'd']);
    expect(claimed).toEqual(['a', 'b']);
  });

  it('counts a failure as escalated or repeated once, however often its message arrives', async () => {
    const told = vi.spyOn(logger, 'info');
    const { work } = lane({ a: warm('a'), b: settled('b') });
    await work(record('a', 2));
    await work(record('b', 5));
    await work(record('b'));
    expect(told.mock.calls.map(([message]) => message)).toEqual([
      'not settled yet',
      'settled, the next failure of its resource may start',
      'duplicate, nothing to do',
    ]);
  });
});

describe('a message that was received too often', () => {
  const deadLetter = '{"kind":"backstop-dead-letter","version":1,"id":"a","cycle":1}';

  it('goes aside unchanged if its failure could not be stored', async () => {
    const { work, done, claimed } = lane({ a: new Error('this one fails') });
    for (const received of [1, 2, 3, 4, 5]) expect(await work(record('a', received))).toEqual(['a']);
    expect(done.aside).toEqual([]);
    // The lane acts before it processes the message: a message that crashed the worker would crash it again.
    expect(await work(record('a', 6))).toEqual([]);
    expect(claimed).toHaveLength(5);
    expect(done.aside).toEqual([record('a').body]);
  });

  it('goes aside if the rejects queue is unreachable', async () => {
    const { work, done } = lane();
    expect(await work(record('a', 6, 'nonsense'))).toEqual([]);
    expect(done).toMatchObject({ aside: ['nonsense'], rejected: 0 });
  });

  it.each<[string, string, LedgerEntry, readonly string[]]>([
    ['the machine has its failure', record('a').body, warm('a'), ['a']],
    ['its circuit is open', record('a').body, held('a', NOW + 30_000), ['a']],
    ['its failure is over', record('a').body, settled('a'), []],
    ['it is the letter of a failure that is over', deadLetter, { ...settled('a'), cycle: 2 }, []],
  ])('is processed as usual where %s', async (_, body, entry, left) => {
    const { work, done } = lane({ a: entry });
    expect(await work(record('a', 100_000, body))).toEqual(left);
    expect(done.aside).toEqual([]);
  });

  it("stays if the ledger or the dead-letter queue can't be reached", async () => {
    const { ports } = lane();
    const unreachable = () => Promise.reject(new Error('it does not answer'));
    const { ordered } = ports;
    if (!ordered) throw new Error('the lane is not ordered');
    for (const failing of [
      { ...ports, ledger: { now: NOW, get: unreachable } as unknown as Ledger },
      { ...ports, ordered: { ...ordered, sendToDeadLetterQueue: unreachable } },
    ]) {
      const { batchItemFailures } = await processLaneBatch([record('a', 6)], failing, () => 60_000);
      expect(batchItemFailures).toEqual([{ itemIdentifier: 'a' }]);
    }
  });
});
