import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CircuitChange } from '../../../../lambdas/domain/circuit/circuit-change.ts';
import { type Circuit, closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import {
  type CallCounts,
  type CircuitSnapshot,
  type CircuitStore,
  INITIAL_SNAPSHOT,
  KEPT_SECONDS,
} from '../../../../lambdas/domain/circuit/circuit-store.ts';
import { partOf } from '../../../../lambdas/domain/circuit/tally.ts';
import { NOW } from '../../../support/samples.ts';

const SECOND = NOW / 1_000;
const OUTAGE = { since: NOW, baseline: 0, trippedAt: NOW, probes: [] };
export const OPEN: Circuit = { ...OUTAGE, kind: 'open', until: NOW + 30_000 };
export const HALF_OPEN: Circuit = {
  ...OUTAGE,
  kind: 'half-open',
  baseline: 0.25,
  succeeded: 1,
  failed: 0,
  probes: [
    { token: 'a', until: NOW + 9_000, late: true },
    { token: 'b', until: NOW + 15_000 },
  ],
};
const RECOVERING: Circuit = {
  ...OUTAGE,
  kind: 'recovering',
  probes: [{ token: 'a', until: NOW + 9_000, late: true }],
  carried: 12,
  ramp: { share: 0.02, since: NOW, limit: 0.02, asks: 90 },
};
const forced = { ...OUTAGE, until: NOW + 60_000, reason: 'a move', by: 'ops' };
const FORCED: readonly Circuit[] = [
  { kind: 'forced-open', ...forced },
  { kind: 'forced-closed', ...forced },
];

export function outcomes(change: Partial<CallCounts> = {}): CallCounts {
  return { generation: 0, at: NOW, successes: 1, failures: 0, traffic: 1, ...change };
}

export function changeTo(circuit: Circuit, key = 'payments'): CircuitChange {
  const counts = { successes: 1, failures: 4 };
  return { circuit: key, from: 'closed', to: circuit.kind, reason: 'failure-rate', counts, at: NOW };
}

/** The contract of every circuit store. */
export function describeCircuitStore(name: string, open: () => CircuitStore): void {
  describe(name, () => {
    let store: CircuitStore;
    let key: string;
    beforeEach(() => {
      store = open();
      key = randomUUID();
    });
    const read = (now = NOW) => store.read(key, now);
    const add = (change: Partial<CallCounts> = {}, now = NOW) => store.add(key, outcomes(change), now);
    async function replace(before: CircuitSnapshot, circuit: Circuit): Promise<CircuitSnapshot> {
      const after = await store.replace(key, before, { circuit, change: changeTo(circuit, key) }, NOW);
      if (!after) throw new Error('somebody else was faster');
      return after;
    }
    const bucket = (second: number, successes: number, failures: number) => ({ second, successes, failures });
    const part = (at: number, successes: number, failures: number) => ({ part: partOf(at), successes, failures });

    it('takes what nobody has written for a closed circuit', async () => {
      expect(await read()).toEqual(INITIAL_SNAPSHOT);
    });

    it('loses nothing of what many add at once', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          add({ successes: n % 2, failures: 1 - (n % 2), traffic: n % 3 === 0 ? 1 : 0 }),
        ),
      );
      expect(await read()).toEqual({
        ...INITIAL_SNAPSHOT,
        buckets: [bucket(SECOND, 25, 25)],
        parts: [part(NOW, 25, 25)],
        traffic: 17,
      });
    });

    it('answers an addition with what stands then', async () => {
      await add({ successes: 2, traffic: 2 });
      expect(await add({ failures: 3, traffic: 4 })).toEqual({
        ...INITIAL_SNAPSHOT,
        buckets: [bucket(SECOND, 3, 3)],
        parts: [part(NOW, 3, 3)],
        traffic: 6,
      });
    });

    it('counts by the second', async () => {
      await add({ at: NOW - 1_000, successes: 2 });
      await add({ at: NOW - 1, failures: 1 });
      await add({ at: NOW + 999 });
      const { buckets } = await read();
      expect(buckets.toSorted((a, b) => a.second - b.second)).toEqual([bucket(SECOND - 1, 3, 1), bucket(SECOND, 1, 0)]);
    });

    it('counts by the part of the newest seconds', async () => {
      await add({ at: NOW + 100, successes: 8, from: NOW - 700, until: NOW + 100 }, NOW + 300);
      await add({ at: NOW + 300, successes: 0, failures: 2, newest: [[NOW + 300, 1]] }, NOW + 300);
      await add({ at: NOW - 1_500, failures: 1 }, NOW + 300);
      const { parts } = await read(NOW + 300);
      expect(parts.toSorted((a, b) => a.part - b.part)).toEqual([
        ...[-400, -300, -200, -100, 0].map((ms) => part(NOW + ms, 1, 0)),
        { ...part(NOW + 300, 0, 2), newest: 1 },
      ]);
    });

    it('withdraws a newest failure', async () => {
      await add({ successes: 0, failures: 1, newest: [[NOW, 1]] });
      const { buckets, parts } = await add({ at: NOW + 400, newest: [[NOW, -1]] }, NOW + 400);
      expect(buckets).toEqual([bucket(SECOND, 1, 1)]);
      expect(parts).toContainEqual(part(NOW, 0, 1));
    });

    it('forgets the seconds that no window holds any more', async () => {
      await add();
      expect((await add({ at: NOW + KEPT_SECONDS * 1_000 }, NOW + KEPT_SECONDS * 1_000)).buckets).toEqual([
        bucket(SECOND + KEPT_SECONDS, 1, 0),
      ]);
    });

    it.each([closed(NOW, 0.1), OPEN, HALF_OPEN, RECOVERING, ...FORCED])(
      'keeps a circuit as it is: $kind',
      async (circuit) => {
        const after = await replace(await read(), circuit);
        expect(after).toMatchObject({ circuit, version: 1, generation: circuit.kind === 'closed' ? 0 : 1 });
        expect(await read()).toEqual(after);
      },
    );

    it('lets one of many replace a circuit', async () => {
      const before = await add();
      const next = { circuit: OPEN, change: changeTo(OPEN, key) };
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.replace(key, before, next, NOW)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await read()).toMatchObject({ circuit: OPEN, version: 1, generation: 1 });
    });

    it('lets nobody replace what is not there any more', async () => {
      const before = await read();
      const after = await replace(before, OPEN);
      expect(await store.replace(key, before, { circuit: HALF_OPEN }, NOW)).toBeUndefined();
      expect(await read()).toEqual(after);
    });

    it('lets nobody replace a circuit that has changed since', async () => {
      const before = await replace(await read(), OPEN);
      const after = await replace(before, HALF_OPEN);
      expect(await store.replace(key, before, { circuit: RECOVERING }, NOW)).toBeUndefined();
      expect(await read()).toEqual(after);
    });

    it('lets an addition not stand in the way of a replacement', async () => {
      const before = await read();
      await add();
      expect(await replace(before, OPEN)).toMatchObject({ circuit: OPEN, traffic: 1 });
    });

    it('keeps what is counted while the kind stays', async () => {
      const before = await add({ failures: 1 });
      const after = await replace(before, closed(NOW, 0.1));
      expect(after).toMatchObject({ generation: 0, version: 1, buckets: [bucket(SECOND, 1, 1)] });
    });

    it('counts anew when the kind has changed, except for the traffic', async () => {
      const after = await replace(await add({ failures: 1, traffic: 2 }), OPEN);
      expect(after).toMatchObject({ generation: 1, buckets: [], traffic: 2 });
      expect(await add({ generation: 1 })).toMatchObject({ buckets: [bucket(SECOND, 1, 0)], traffic: 3 });
    });

    it('does not count what comes late from an earlier generation, except for the traffic', async () => {
      await replace(await read(), OPEN);
      expect(await add({ generation: 0, failures: 9 })).toMatchObject({ generation: 1, buckets: [], traffic: 1 });
    });

    it('keeps the budget until another is given', async () => {
      const budget = { tokens: 1.5, at: NOW, traffic: 7 };
      const first = await store.replace(key, INITIAL_SNAPSHOT, { circuit: INITIAL_SNAPSHOT.circuit, budget }, NOW);
      expect(first).toEqual({ ...INITIAL_SNAPSHOT, version: 1, budget });
      const opened = await replace(await read(), OPEN);
      expect(opened).toMatchObject({ version: 2, budget });
      const next = { tokens: 0.5, at: NOW + 1, traffic: 8 };
      expect(await store.replace(key, opened, { circuit: OPEN, budget: next }, NOW)).toMatchObject({
        circuit: OPEN,
        generation: 1,
        version: 3,
        budget: next,
      });
    });

    it('keeps circuits apart', async () => {
      await replace(await add(), OPEN);
      expect(await store.read(`${key}/tenant`, NOW)).toEqual(INITIAL_SNAPSHOT);
    });
  });
}
