import { BusyError, errorName } from '../../contract/errors.ts';
import type { EffectKey } from '../../domain/ledger/effect-key.ts';

/** Runs the effect of an operation at most once, however often and however late callers ask for it. */
export interface Effects {
  /**
   * Runs `effect` unless it has succeeded under this key before. If `effect` throws, the key is free again.
   *
   * @param leaseMs longest time that `effect` may take, in milliseconds; a run without a result after that was cut off
   * @returns the result of this run, or of the earlier one that succeeded
   * @throws IdempotencyAlreadyInProgressError while another function runs it; otherwise what `effect` throws
   */
  once<Done extends { readonly statusCode: number }>(
    key: EffectKey,
    leaseMs: number,
    effect: () => Promise<Done>,
  ): Promise<Done>;
}

/** Ends an effect whose call failed, so that its key is free again. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

/**
 * @param what the call, and how the effects table shows that it runs
 * @returns a {@link BusyError} if another function runs the effect; otherwise `error`
 */
export function busyIfInProgress(error: unknown, what: string): unknown {
  return errorName(error) === 'IdempotencyAlreadyInProgressError' ? new BusyError(what) : error;
}
