import type { EffectRecord, EffectTransition } from '../../../lambdas/domain/ledger/effect-transitions.ts';
import { copyOf, holds } from './memory-entries.ts';

/** The records of the effects table in memory. They execute the same transitions as DynamoDB, without expressions. */
export class MemoryEffects {
  readonly #records = new Map<string, EffectRecord>();
  readonly #onSuccess: (id: string) => void;

  /** @param onSuccess sees the first success of each record */
  constructor(onSuccess: (id: string) => void = () => undefined) {
    this.#onSuccess = onSuccess;
  }

  get(id: string): EffectRecord | undefined {
    return this.#records.get(id);
  }

  /** False if the condition does not hold. */
  write(id: string, { set, remove = [], condition }: EffectTransition): boolean {
    const before = this.#records.get(id);
    if (!condition.every((check) => holds(check, before ?? {}))) return false;
    if (remove === 'all') this.#records.delete(id);
    else this.#records.set(id, without(remove, copyOf({ ...before, ...set, id } as EffectRecord)));
    if (set?.status === 'COMPLETED') this.#onSuccess(id);
    return true;
  }
}

/** The records of {@link MemoryEffects} as the effects store takes them. */
export function memoryEffects(records = new MemoryEffects()) {
  return {
    get: async (id: string) => records.get(id),
    write: async (id: string, transition: EffectTransition) => records.write(id, transition),
  };
}

function without(names: readonly (keyof EffectRecord)[], record: EffectRecord): EffectRecord {
  const kept = Object.entries(record).filter(([name]) => !names.some((each) => each === name));
  return Object.fromEntries(kept) as unknown as EffectRecord;
}
