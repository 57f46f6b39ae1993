import { describe, expect, it } from 'vitest';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { followOutcomes, MOST_FOLLOWED, type MovedLetter } from '../../../../lambdas/use-cases/redrive/outcomes.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';

const letter = (id: string): MovedLetter => ({ id, dependency: 'payments', cycle: 1 });
const dead = { state: 'settled', outcome: 'dead-lettered', reason: 'permanent' } as const;
const inMs = (ms: number) => new Date(NOW + ms).toISOString();

/** Follows dead letters whose failures change with time, by the number of the look. */
async function follow(
  ids: readonly string[],
  entryAt: (id: string, look: number) => Partial<LedgerEntry> | undefined,
  { waitMs = 15_000, moved = ids.length, signal = new AbortController().signal } = {},
) {
  const looks: number[] = [];
  const sleeps: number[] = [];
  let now = NOW;
  const outcomes = await followOutcomes(
    ids.map(letter),
    { moved, waitMs },
    {
      now: () => now,
      signal,
      entries: async (keys) => {
        looks.push(keys.length);
        return ids.flatMap((id) => {
          const change = entryAt(id, looks.length);
          const entry = change && sampleEntry({ id, ...change });
          return entry && keys.includes(failureKey(entry)) ? [entry] : [];
        });
      },
      sleep: async (ms) => {
        sleeps.push(ms);
        now += ms;
      },
    },
  );
  return { outcomes, looks, slept: sleeps.reduce((sum, ms) => sum + ms, 0) };
}

describe('how dead letters end after a redrive', () => {
  it('is known once each has its outcome: healed, or dead again with its reason', async () => {
    const ends: Readonly<Record<string, Partial<LedgerEntry>>> = {
      a: { state: 'settled', outcome: 'recovered' },
      b: { ...dead, excerpt: 'message: no such card' },
      c: { ...dead, reason: 'exhausted' },
      d: { ...dead },
    };
    const { outcomes, looks, slept } = await follow(Object.keys(ends), (id, look) =>
      look === 1 ? { ...dead, cycle: 1 } : look === 2 ? { cycle: 2 } : { ...ends[id], cycle: 2 },
    );
    expect(outcomes).toMatchObject({ followed: 4, isSample: false, healed: 1, died: 3, underWay: 0, waiting: 0 });
    expect(outcomes.byOutcome).toEqual({ recovered: 1 });
    expect(outcomes.deaths).toEqual([
      { reason: 'permanent', rule: 'http-503', excerpt: 'message: no such card', count: 2, ids: ['b', 'd'] },
      { reason: 'exhausted', rule: 'http-503', excerpt: undefined, count: 1, ids: ['c'] },
    ]);
    expect({ looks, slept }).toEqual({ looks: [4, 4, 4], slept: 750 });
  });

  it('reads only those that have not ended', async () => {
    const { looks } = await follow(['a', 'b'], (id, look) =>
      id === 'a' || look > 2 ? { state: 'settled', outcome: 'recovered', cycle: 2 } : { cycle: 2 },
    );
    expect(looks).toEqual([2, 1, 1]);
  });

  it.each<[string, Partial<LedgerEntry> | undefined, object]>([
    ['in the lane, not read yet', { ...dead, cycle: 1 }, { waiting: 1 }],
    ['an event that the lane has not read yet', undefined, { waiting: 1 }],
    ['parked, because its cycles are spent', { ...dead, cycle: 1, parkedAfter: 1 }, { died: 1 }],
    ['parked before, with one more cycle', { ...dead, cycle: 1, parkedAfter: 1, cyclesAllowed: 2 }, { waiting: 1 }],
    ['under way', { cycle: 2 }, { underWay: 1 }],
    ['held', { cycle: 2, held: 'circuit', notBefore: inMs(20_000) }, { held: 1 }],
    ['discarded by somebody else', { state: 'settled', outcome: 'discarded', cycle: 1 }, { healed: 1 }],
  ])('may be open at the end of the wait: %s', async (_, entry, expected) => {
    const { outcomes, slept } = await follow(['a'], () => entry);
    expect(outcomes).toMatchObject(expected);
    expect(slept).toBeLessThanOrEqual(15_000);
  });

  it('is not waited for where nothing happens until the end of the wait', async () => {
    const held = { cycle: 2, held: 'circuit', notBefore: inMs(60_000) } as const;
    expect(await follow(['a'], () => held)).toMatchObject({ outcomes: { held: 1 }, slept: 0 });
  });

  it('is looked at once after an interruption, or without a wait', async () => {
    const signal = AbortSignal.abort();
    expect(await follow(['a'], () => ({ cycle: 2 }), { signal })).toMatchObject({ looks: [1], slept: 0 });
    expect(await follow(['a'], () => ({ cycle: 2 }), { waitMs: 0 })).toMatchObject({ looks: [1], slept: 0 });
  });

  it('costs a bounded number of reads, and says that it is a sample', async () => {
    const ids = Array.from({ length: MOST_FOLLOWED }, (_, n) => `f-${n}`);
    const { outcomes, looks } = await follow(ids, () => ({ cycle: 2 }), { moved: 5_000 });
    expect(outcomes).toMatchObject({ moved: 5_000, followed: 200, isSample: true });
    expect(looks.length).toBeLessThan(15);
  });
});
