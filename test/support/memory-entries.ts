import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../lambdas/contract/time.ts';
import type { Transition } from '../../lambdas/domain/ledger/transition.ts';
import type { EntryTable } from '../../lambdas/use-cases/ledger/ledger-store.ts';
import { copyOf, holds, removeAt } from './memory-items.ts';

/** A table of the ledger's entries in memory. It executes the same transitions as DynamoDB, without expressions. */
export function memoryEntries(): EntryTable {
  const items = new Map<string, LedgerEntry>();
  return {
    get: async (id) => copyOf(items.get(id)),
    async insert(entry) {
      if (items.has(entry.id)) return false;
      items.set(entry.id, copyOf(entry));
      return true;
    },
    async write(id, transition) {
      const before = items.get(id);
      if (!before || !transition.condition.every((check) => holds(check, before))) return undefined;
      const after = changed(before, transition);
      items.set(id, after);
      return copyOf(after);
    },
    async due(shard, now, limit) {
      const found = [...items.values()].filter(
        ({ pendingShard, dueAt }) => pendingShard === shard && dueAt !== undefined && dueAt < iso(now),
      );
      return found
        .toSorted((a, b) => ((a.dueAt ?? '') < (b.dueAt ?? '') ? -1 : 1))
        .slice(0, limit)
        .map(({ id }) => id);
    },
  };
}

function changed(before: LedgerEntry, { set = {}, remove = [], trail = [] }: Transition): LedgerEntry {
  const after = { ...copyOf(before), ...copyOf(set) };
  for (const path of remove) removeAt(path.split('.'), after);
  return { ...after, trail: [...after.trail, ...copyOf(trail)] };
}
