import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../lambdas/contract/time.ts';
import type { Check } from '../../lambdas/domain/ledger/check.ts';
import { failureKey } from '../../lambdas/domain/ledger/failure-key.ts';
import type { Transition } from '../../lambdas/domain/ledger/transition.ts';
import type { EntryTable } from '../../lambdas/use-cases/ledger/ledger-store.ts';

type Fields = Record<string, unknown>;

/** A table of the ledger's entries in memory. It executes the same transitions as DynamoDB, without expressions. */
export function memoryEntries(): EntryTable {
  const items = new Map<string, LedgerEntry>();
  return {
    get: async (key) => copyOf(items.get(key)),
    async insert(entry) {
      const key = failureKey(entry);
      if (items.has(key)) return false;
      items.set(key, copyOf(entry));
      return true;
    },
    async write(key, transition) {
      const before = items.get(key);
      if (!before || !transition.condition.every((check) => holds(check, before))) return undefined;
      const after = changed(before, transition);
      items.set(key, after);
      return copyOf(after);
    },
    async due(shard, now, limit) {
      const found = [...items.values()].filter(
        ({ pendingShard, dueAt }) => pendingShard === shard && dueAt !== undefined && dueAt < iso(now),
      );
      return found
        .toSorted((a, b) => ((a.dueAt ?? '') < (b.dueAt ?? '') ? -1 : 1))
        .slice(0, limit)
        .map(failureKey);
    },
  };
}

function holds(check: Check, item: LedgerEntry): boolean {
  if (check.op === 'any') return check.of.some((each) => holds(each, item));
  const found = valueAt(check.path.split('.'), item);
  switch (check.op) {
    case 'absent':
      return found === undefined;
    case 'size':
      return Array.isArray(found) && found.length === check.value;
    case '=':
      return found === check.value;
    case '<>':
      return found !== check.value;
    default:
      return typeof found === typeof check.value && COMPARISONS[check.op](found as string, check.value as string);
  }
}

const COMPARISONS = {
  '<': (found: string, value: string) => found < value,
  '<=': (found: string, value: string) => found <= value,
  '>': (found: string, value: string) => found > value,
  '>=': (found: string, value: string) => found >= value,
};

function changed(before: LedgerEntry, { set = {}, remove = [], trail = [] }: Transition): LedgerEntry {
  const after = { ...copyOf(before), ...copyOf(set) };
  for (const path of remove) removeAt(path.split('.'), after);
  return { ...after, trail: [...after.trail, ...copyOf(trail)] };
}

function valueAt([name = '', ...rest]: readonly string[], item: object): unknown {
  const found = (item as Fields)[name];
  if (rest.length === 0) return found;
  return typeof found === 'object' && found !== null ? valueAt(rest, found) : undefined;
}

function removeAt([name = '', ...rest]: readonly string[], item: object): void {
  const fields = item as Fields;
  if (rest.length === 0) delete fields[name];
  else removeAt(rest, fields[name] as object);
}

/** Shares nothing with the original, and drops undefined fields. */
function copyOf<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
