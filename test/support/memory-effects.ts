import type { EffectRecord } from '../../lambdas/domain/ledger/effect-transitions.ts';
import { EffectStore, type EffectTable } from '../../lambdas/use-cases/ledger/effect-store.ts';
import type { Effects } from '../../lambdas/use-cases/ledger/effects.ts';
import { copyOf, holds } from './memory-items.ts';
import { NOW } from './samples.ts';

/** The effects table in memory. It executes the same transitions as DynamoDB, without expressions. */
export function memoryEffects(): EffectTable {
  const records = new Map<string, EffectRecord>();
  return {
    get: async (id) => copyOf(records.get(id)),
    async write(id, { set, remove = [], condition }) {
      const before = records.get(id);
      if (!condition.every((check) => holds(check, before ?? {}))) return false;
      if (remove === 'all') records.delete(id);
      else records.set(id, changed({ ...before, ...set, id } as EffectRecord, remove));
      return true;
    },
  };
}

function changed(record: EffectRecord, remove: readonly (keyof EffectRecord)[]): EffectRecord {
  const kept = Object.entries(record).filter(([name]) => !remove.some((each) => each === name));
  return copyOf(Object.fromEntries(kept) as unknown as EffectRecord);
}

/** An effects store in memory, empty, with a clock of the test. */
export function sampleEffects(now: () => number = () => NOW): EffectStore {
  return new EffectStore(memoryEffects(), { now, retentionMs: 30 * 86_400_000 });
}

/** The same effects store with other methods. */
export function changedEffects(effects: Effects, change: Partial<Effects>): Effects {
  return {
    read: (key) => effects.read(key),
    begin: (key, lease) => effects.begin(key, lease),
    complete: (key, token, success) => effects.complete(key, token, success),
    free: (key, token) => effects.free(key, token),
    doubt: (key, token) => effects.doubt(key, token),
    ...change,
  };
}
