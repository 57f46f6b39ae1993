import { describe, expect, it } from 'vitest';
import { type FailureKey, failureKey, failureName } from '../../../../lambdas/contract/failure-key.ts';
import { pendingShard } from '../../../../lambdas/domain/ledger/pending-shard.ts';
import { LedgerStore } from '../../../../lambdas/use-cases/ledger/ledger-store.ts';
import { overdue } from '../../../../lambdas/use-cases/recovery/reconciliation.ts';
import { memoryEntries } from '../../../../tools/sim/cloud/memory-entries.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';

const CROWDED = 'pending-0';
const shardOf = (key: string) => pendingShard(failureName(key)?.id ?? '');

/** A ledger with so many overdue entries in one shard, and one each in the others. */
async function crowdedLedger(count: number) {
  const clock = { now: NOW };
  const ledger = new LedgerStore(memoryEntries(), {
    now: () => clock.now,
    reconcileAfterMs: 1_000,
    retentionMs: 60_000,
    newToken: () => 'token',
  });
  const numbers = Array.from({ length: 100_000 }, (_, n) => `order-${n}`);
  const ids = [
    ...numbers.filter((id) => pendingShard(id) === CROWDED).slice(0, count),
    ...[1, 2, 3, 4, 5, 6, 7].flatMap((shard) => numbers.find((id) => pendingShard(id) === `pending-${shard}`) ?? []),
  ];
  for (const id of ids) await ledger.claim(sampleEntry({ id }));
  clock.now += 5_000;
  const settle = async (key: FailureKey) => {
    const entry = await ledger.get(key);
    if (entry) await ledger.settle(entry, { outcome: 'ignored' });
  };
  const keys = ids.map((id) => failureKey(sampleEntry({ id })));
  return { ledger, keys, settle };
}

describe('what is overdue', () => {
  it('is all found in one run, however many entries a shard has', async () => {
    const { ledger, keys, settle } = await crowdedLedger(350);
    const found: string[] = [];
    for await (const key of overdue(ledger)) {
      found.push(key);
      await settle(key);
    }
    expect(found.toSorted()).toEqual(keys.toSorted());
  });

  it('comes in turns, so that no shard waits for a crowded one', async () => {
    const { ledger } = await crowdedLedger(350);
    const first: string[] = [];
    for await (const key of overdue(ledger, () => first.length < 8)) first.push(shardOf(key));
    expect(new Set(first).size).toBe(8);
  });

  it('ends where nothing can be taken off, and names nothing twice', async () => {
    const { ledger } = await crowdedLedger(350);
    const found: string[] = [];
    for await (const key of overdue(ledger)) found.push(key);
    expect(found).toHaveLength(107);
    expect(new Set(found).size).toBe(found.length);
  });
});
