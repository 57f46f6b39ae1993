import { type FailureKey, failureKey } from '../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../../lambdas/contract/time.ts';
import type { Check } from '../../../lambdas/domain/ledger/check.ts';
import type { Transition } from '../../../lambdas/domain/ledger/transition.ts';

type Fields = Record<string, unknown>;

/** The ledger's entries, as the story and its checks see them. */
export interface Entries {
  readonly all: Iterable<LedgerEntry>;
  get(key: FailureKey): LedgerEntry | undefined;
}

/** Sees each change of an entry. */
export type OnWrite = (after: LedgerEntry, before: LedgerEntry | undefined) => void;

/** As many as an item of DynamoDB keeps. */
const KEPT_TOKENS = 4;

/**
 * The ledger's entries in memory. They execute the same transitions as DynamoDB, without expressions. A stored entry
 * never changes: each write replaces it.
 */
export class MemoryEntries implements Entries {
  readonly #items = new Map<FailureKey, LedgerEntry>();
  /** Tokens of each entry's last writes, newest first. */
  readonly #marks = new Map<FailureKey, readonly string[]>();
  readonly #onWrite: OnWrite;

  constructor(onWrite: OnWrite = () => undefined) {
    this.#onWrite = onWrite;
  }

  get all(): Iterable<LedgerEntry> {
    return this.#items.values();
  }

  get(key: FailureKey): LedgerEntry | undefined {
    return this.#items.get(key);
  }

  /** The entry if it has the token of a write. */
  find(key: FailureKey, token: string): LedgerEntry | undefined {
    return this.#marks.get(key)?.includes(token) ? this.#items.get(key) : undefined;
  }

  /** Returns the entry; undefined if the key is taken. */
  insert(entry: LedgerEntry, token: string): LedgerEntry | undefined {
    const key = failureKey(entry);
    return this.#items.has(key) ? undefined : this.#put(key, copyOf(entry), undefined, token);
  }

  /**
   * Returns the entry after the write; undefined if the condition does not hold, or the write has taken effect before.
   */
  write(key: FailureKey, transition: Transition, token: string): LedgerEntry | undefined {
    const before = this.#items.get(key);
    if (!before || this.find(key, token) || !transition.condition.every((check) => holds(check, before)))
      return undefined;
    return this.#put(key, changed(before, transition), before, token);
  }

  due(shard: string, now: number, limit: number): readonly FailureKey[] {
    const before = iso(now);
    const isDue = ({ pendingShard, dueAt }: LedgerEntry) =>
      pendingShard === shard && dueAt !== undefined && dueAt < before;
    return [...this.#items.values()]
      .filter(isDue)
      .sort((a, b) => ((a.dueAt ?? '') < (b.dueAt ?? '') ? -1 : 1))
      .slice(0, limit)
      .map(failureKey);
  }

  #put(key: FailureKey, after: LedgerEntry, before: LedgerEntry | undefined, token: string): LedgerEntry {
    this.#items.set(key, after);
    this.#marks.set(key, [token, ...(this.#marks.get(key) ?? [])].slice(0, KEPT_TOKENS));
    this.#onWrite(after, before);
    return after;
  }
}

/** The entries of {@link MemoryEntries} as the ledger's store takes them. */
export function memoryEntries(entries = new MemoryEntries()) {
  let tokens = 0;
  return {
    get: async (key: FailureKey) => entries.get(key),
    insert: async (entry: LedgerEntry) => entries.insert(entry, `${++tokens}`) !== undefined,
    write: async (key: FailureKey, transition: Transition) => entries.write(key, transition, `${++tokens}`),
    due: async (shard: string, now: number, limit: number) => entries.due(shard, now, limit),
  };
}

/** Whether a check of a transition holds for an item. */
export function holds(check: Check, item: object): boolean {
  if (check.op === 'any') return check.of.some((each) => holds(each, item));
  const found = valueAt(check.path, item);
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
  const after = { ...without(remove, before), ...copyOf(set) } as LedgerEntry & Fields;
  for (const path of remove) if (path.includes('.')) removeAt(path.split('.'), after);
  if (trail.length > 0) return { ...after, trail: [...after.trail, ...copyOf(trail)] };
  return after;
}

function valueAt(path: string, item: object): unknown {
  if (!path.includes('.')) return (item as Fields)[path];
  let found: unknown = item;
  for (const name of path.split('.'))
    found = typeof found === 'object' && found !== null ? (found as Fields)[name] : undefined;
  return found;
}

/** The entry without some fields. After a `delete`, every use of an object would be slower. */
function without(names: readonly string[], entry: LedgerEntry): Partial<LedgerEntry> {
  if (!names.some((name) => name in entry)) return entry;
  const kept: Fields = {};
  for (const name of Object.keys(entry)) if (!names.includes(name)) kept[name] = (entry as Fields & LedgerEntry)[name];
  return kept;
}

/** Removes from a copy of each object on the way, since entries share their parts. */
function removeAt([name = '', ...rest]: readonly string[], fields: Fields): void {
  if (rest.length === 0) {
    delete fields[name];
    return;
  }
  fields[name] = { ...(fields[name] as Fields) };
  removeAt(rest, fields[name] as Fields);
}

/** Shares nothing with the original, and drops undefined fields. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Fields = {};
  for (const name of Object.keys(value)) {
    const field = (value as Fields)[name];
    if (field !== undefined) copy[name] = copyOf(field);
  }
  return copy as T;
}
