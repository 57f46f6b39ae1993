import { type CallSubject, earlierEffectKeys } from '../../domain/ledger/effect-key.ts';
import type { Effects } from '../ledger/effects.ts';

/**
 * Finds a success of the operation under its keys from before an operator edited it. Such a call succeeded and its
 * answer was lost, so Backstop must not call the edited operation either.
 *
 * @param leaseMs longest time that such a call may take, in milliseconds
 * @throws IdempotencyAlreadyInProgressError while such a call is in flight
 */
export async function findEarlierSuccess<Done extends { readonly statusCode: number }>(
  entry: CallSubject,
  leaseMs: number,
  effects: Effects,
): Promise<Done | undefined> {
  for (const key of earlierEffectKeys(entry)) {
    try {
      return await effects.once<Done>(key, leaseMs, async () => {
        throw new NeverMadeError();
      });
    } catch (error) {
      if (!(error instanceof NeverMadeError)) throw error;
    }
  }
  return undefined;
}

class NeverMadeError extends Error {
  override readonly name = 'NeverMadeError';
}
