import type { Clock } from '../../contract/time.ts';
import type { EffectKey } from '../../domain/ledger/effect-key.ts';
import {
  beginEffect,
  completeEffect,
  doubtEffect,
  type EffectLease,
  type EffectRecord,
  type EffectTransition,
  effectId,
  effectOf,
  freeEffect,
  type KnownEffect,
  repeatEffect,
} from '../../domain/ledger/effect-transitions.ts';
import type { EffectStart, Effects } from './effects.ts';

/** A table of records. Knows no transition. */
export interface EffectTable {
  /** Reads consistently. */
  get(id: string): Promise<EffectRecord | undefined>;
  /** Makes one conditional write. False if the condition does not hold. */
  write(id: string, transition: EffectTransition): Promise<boolean>;
}

export interface EffectStoreOptions {
  readonly now: Clock;
  /** How long a record is kept, in milliseconds. Must outlive the latest possible redrive. */
  readonly retentionMs: number;
}

/** The effects table. After a failed condition it reads the record, which may be its own, with a lost answer. */
export class EffectStore implements Effects {
  readonly #table: EffectTable;
  readonly #options: EffectStoreOptions;

  constructor(table: EffectTable, options: EffectStoreOptions) {
    this.#table = table;
    this.#options = options;
  }

  async read<Success>(key: EffectKey): Promise<KnownEffect<Success>> {
    return effectOf(await this.#table.get(effectId(key)), this.#times.now);
  }

  async begin<Success>(key: EffectKey, lease: EffectLease): Promise<EffectStart<Success>> {
    const id = effectId(key);
    if (await this.#table.write(id, beginEffect(lease, this.#times))) return { kind: 'begun' };
    const record = await this.#table.get(id);
    const found = effectOf<Success>(record, this.#times.now);
    if (found.kind === 'done') return found;
    if (record?.token === lease.token) return { kind: 'begun' };
    if (found.kind === 'under-way') return found;
    const repeats = record && (await this.#table.write(id, repeatEffect(record, lease, this.#times)));
    if (repeats || (await this.#table.get(id))?.token === lease.token) return { kind: 'begun' };
    // Another call has begun or ended in between.
    return { kind: 'under-way', until: this.#times.now };
  }

  async complete(key: EffectKey, token: string, success: unknown): Promise<void> {
    await this.#table.write(effectId(key), completeEffect(token, success, this.#times));
  }

  async free(key: EffectKey, token: string): Promise<void> {
    const isFree = await this.#table.write(effectId(key), freeEffect(token));
    // The mark of an earlier call in doubt stays.
    if (!isFree) await this.doubt(key, token);
  }

  async doubt(key: EffectKey, token: string): Promise<void> {
    await this.#table.write(effectId(key), doubtEffect(token));
  }

  get #times() {
    return { ...this.#options, now: this.#options.now() };
  }
}
