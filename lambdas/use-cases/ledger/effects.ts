import type { EffectKey } from '../../domain/ledger/effect-key.ts';
import type { EffectLease, KnownEffect } from '../../domain/ledger/effect-transitions.ts';

/**
 * The calls that may have had an effect, one record per key. Backstop marks a call before it leaves, and deletes the
 * mark only once it knows that the call had no effect. So a key without a record proves that no call under it had one.
 */
export interface Effects {
  /** Reads what is known of the calls under a key. Changes nothing. */
  read<Success>(key: EffectKey): Promise<KnownEffect<Success>>;
  /** Marks a call as started, unless another one has succeeded or is in flight. */
  begin<Success>(key: EffectKey, lease: EffectLease): Promise<EffectStart<Success>>;
  /** Stores a success, even after the call's lease. The first success stands. */
  complete(key: EffectKey, token: string, success: unknown): Promise<void>;
  /** Takes back the mark of a call that had no effect. Does nothing if the record is not that call's mark. */
  free(key: EffectKey, token: string): Promise<void>;
  /** Ends the lease of a call that may have had an effect. Does nothing if the record is not that call's mark. */
  doubt(key: EffectKey, token: string): Promise<void>;
}

export type EffectStart<Success> =
  | { readonly kind: 'begun' }
  | Extract<KnownEffect<Success>, { kind: 'under-way' | 'done' }>;
