import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import type { Check } from '../../../lambdas/domain/ledger/check.ts';
import type { EffectRecord, EffectTransition } from '../../../lambdas/domain/ledger/effect-transitions.ts';
import type { Transition } from '../../../lambdas/domain/ledger/transition.ts';
import type { EffectTable } from '../../../lambdas/use-cases/ledger/effect-store.ts';
import type { EntryTable } from '../../../lambdas/use-cases/ledger/ledger-store.ts';

/*
 * What functions of an earlier version wrote, while those of this version are at work. They make their calls in the same
 * order, and know none of the attributes that came later.
 */

/** Attributes of an entry that came later. */
const NEWER_ATTRIBUTES: readonly string[] = [
  'backupToken',
  'backupUntil',
  'deadOf',
  'possibleEffectAt',
] satisfies (keyof LedgerEntry)[];
/** Facts of an announcement, and of a step that is undone, that came later. */
const NEWER_FACTS: readonly string[] = ['repeatable', 'replaced', 'possibleEffectAt'];
/** Attributes of a record in the effects table that came later. */
const NEWER_IN_RECORDS: readonly string[] = ['token', 'doubted'] satisfies (keyof EffectRecord)[];

/** State data of the machine that came later: without it, `settle` can't tell that a failure was given up. */
const NEWER_DATA: readonly string[] = ['error', 'waitUntil'];

/** What a function of the earlier version reads of its input. */
export function olderInput(input: unknown): unknown {
  const fields = Object.entries(input ?? {}).filter(([name]) => !NEWER_DATA.includes(name));
  return Object.fromEntries(fields);
}

/** The table of entries, as a function of the earlier version writes it. */
export function olderEntries(table: EntryTable): EntryTable {
  return {
    ...table,
    insert: (entry) => table.insert(without([...NEWER_ATTRIBUTES, ...NEWER_FACTS], entry) as LedgerEntry),
    async write(key, transition) {
      const written = await table.write(key, olderTransition(transition));
      const own = Object.entries(transition.set ?? {}).filter(([name]) => NEWER_ATTRIBUTES.includes(name));
      // The process itself knows what it wanted to write.
      return written && { ...written, ...Object.fromEntries(own) };
    },
  };
}

function olderTransition({ set = {}, remove = [], condition, ...rest }: Transition): Transition {
  return {
    ...rest,
    set: without([...NEWER_ATTRIBUTES, ...NEWER_FACTS], set),
    remove: remove.filter((path) => !NEWER_ATTRIBUTES.includes(path)),
    condition: condition.filter((check) => !isAbout(NEWER_ATTRIBUTES, check)),
  };
}

/** The effects table, as a function of the earlier version writes it: a mark names no call. */
export function olderEffects(table: EffectTable): EffectTable {
  return { ...table, write: (id, transition) => table.write(id, olderEffectTransition(transition)) };
}

function olderEffectTransition({ set, remove, condition }: EffectTransition): EffectTransition {
  return {
    set: set && without(NEWER_IN_RECORDS, set),
    remove,
    condition: condition.filter((check) => !isAbout(NEWER_IN_RECORDS, check)),
  };
}

function isAbout(attributes: readonly string[], check: Check): boolean {
  return check.op !== 'any' && attributes.includes(check.path);
}

/** A copy without some fields, at any depth. The failure itself has none of their names. */
function without<T extends object>(names: readonly string[], value: T): T {
  const kept = Object.entries(value).filter(([name]) => !names.includes(name));
  const copyOf = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(copyOf);
    return typeof each === 'object' && each !== null ? without(names, each) : each;
  };
  return Object.fromEntries(
    kept.map(([name, field]) => [name, name === 'failure' || name === 'data' ? field : copyOf(field)]),
  ) as T;
}
