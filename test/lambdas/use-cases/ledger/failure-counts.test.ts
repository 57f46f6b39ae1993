import { describe, expect, it } from 'vitest';
import { type FailureKey, failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { type CountPorts, countFailures } from '../../../../lambdas/use-cases/ledger/failure-counts.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';

const later = new Date(NOW + 60_000).toISOString();
const STATES: Readonly<Record<string, Partial<LedgerEntry>>> = {
  running: {},
  held: { held: 'circuit', notBefore: later },
  warm: { tier: 'warm' },
  ended: { state: 'settled', outcome: 'recovered' },
  dead: { state: 'settled', outcome: 'dead-lettered' },
};

/** A ledger with these open failures by the names of their states, each with its dependency. */
function ledgerOf(
  pending: readonly (readonly [dependency: string, state: string])[],
  change: Partial<CountPorts> = {},
) {
  let reads = 0;
  const entries = new Map<FailureKey, LedgerEntry>(
    pending.map(([dependency, state], at) => {
      const entry = sampleEntry({ id: `f-${at}`, dependency, ...STATES[state] });
      return [failureKey(entry), entry];
    }),
  );
  const ports: CountPorts = {
    now: () => NOW,
    pending: async () => ({ keys: [...entries.keys()], isCut: false }),
    asked: async () => ({ keys: [], isCut: false }),
    dead: async () => ({ count: 0, isCut: false }),
    entries: async (keys) => {
      reads += keys.length;
      return keys.flatMap((key) => entries.get(key) ?? []);
    },
    ...change,
  };
  return { ports, reads: () => reads };
}

const many = (count: number, dependency: string, state: string) =>
  Array.from({ length: count }, () => [dependency, state] as const);

describe('the counts of failures', () => {
  it('have each failure once, and sum to the total of each dependency and of all', async () => {
    const { ports } = ledgerOf([
      ...many(3, 'payments', 'held'),
      ...many(2, 'payments', 'warm'),
      ...many(1, 'payments', 'ended'),
      ...many(4, 'orders', 'running'),
    ]);
    const dead = async (name: string) => ({ count: name === 'orders' ? 7 : 0, isCut: false });
    const { of, total } = await countFailures(['payments', 'orders'], { ...ports, dead });
    expect(of.get('payments')).toMatchObject({ running: 2, held: 3, dead: 0, total: 5, inLane: 3, isExact: true });
    expect(of.get('orders')).toMatchObject({ running: 4, held: 0, dead: 7, total: 11, inLane: 4 });
    expect(total).toEqual({ running: 6, held: 3, decision: 0, undoing: 0, dead: 7, total: 16, isExact: true });
  });

  it('count a dead letter whose event waits for its publication once, with the dead', async () => {
    const { ports } = ledgerOf(many(2, 'payments', 'dead'));
    const { total } = await countFailures(['payments'], { ...ports, dead: async () => ({ count: 2, isCut: false }) });
    expect(total).toMatchObject({ running: 0, dead: 2, total: 2 });
  });

  it('have those of a dependency that the config has no more', async () => {
    const { of, total } = await countFailures(['payments'], ledgerOf(many(2, 'gone', 'running')).ports);
    expect([of.get('gone')?.running, total.total]).toEqual([2, 2]);
  });

  it('read at most 1,000 entries, and say that they are about right', async () => {
    const scene = ledgerOf([...many(3_000, 'payments', 'held'), ...many(1_000, 'orders', 'running')]);
    const { of, total } = await countFailures(['payments', 'orders'], scene.ports);
    expect(scene.reads()).toBe(1_000);
    expect(of.get('payments')).toMatchObject({ held: 3_000, running: 0, isExact: false });
    expect(total).toMatchObject({ running: 1_000, held: 3_000, total: 4_000, isExact: false });
  });

  it.each(['pending', 'asked', 'dead'] as const)(
    'say so where the index has more than was counted: %s',
    async (part) => {
      const cut = async () => ({ keys: [], count: 5, isCut: true });
      const { total } = await countFailures(['payments'], ledgerOf([], { [part]: cut }).ports);
      expect(total.isExact).toBe(false);
    },
  );
});
