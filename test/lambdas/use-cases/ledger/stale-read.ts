import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { Transition } from '../../../../lambdas/domain/ledger/transition.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { type EntryTable, LedgerStore } from '../../../../lambdas/use-cases/ledger/ledger-store.ts';
import { MemoryEntries, memoryEntries } from '../../../../tools/sim/cloud/memory-entries.ts';
import { nameOf, withoutCheck } from '../../../../tools/sim/cloud/without-check.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';
import type { Case, Change } from './stale-read-cases.ts';

/**
 * Makes a write on an entry that other writers have changed since the read.
 *
 * @param dropped name of a check that the write lacks
 * @returns the entry before and after
 */
export async function writeAfter({ write, read = {} }: Case, meanwhile: Change, dropped?: string) {
  const entries = new MemoryEntries();
  const table = memoryEntries(entries);
  const seen = sampleEntry(read);
  entries.insert({ ...seen, ...meanwhile }, 'others');
  const before = entries.get(failureKey(seen));
  await write(ledgerOn({ ...table, write: (key, change) => table.write(key, withoutCheck(change, dropped)) }), seen);
  return { before, after: entries.get(failureKey(seen)) };
}

/** The ledger's method that a case calls, and the names of the checks of its write. */
export async function checksOf({ write, read = {} }: Case) {
  const found: Transition[] = [];
  let method = '';
  const seen = sampleEntry(read);
  const table: EntryTable = {
    ...memoryEntries(),
    get: async () => seen,
    write: async (_, transition) => {
      found.push(transition);
      return undefined;
    },
  };
  const ledger = ledgerOn(table);
  const watched = new Proxy(ledger, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      method = String(name);
      return value.bind(target);
    },
  });
  await write(watched, seen);
  return { method, checks: found.slice(0, 1).flatMap(({ condition }) => condition.map(nameOf)) };
}

function ledgerOn(table: EntryTable): Ledger {
  const now = () => NOW;
  return new LedgerStore(table, { now, reconcileAfterMs: 1_000, retentionMs: 1_000, newToken: () => 'new' });
}
