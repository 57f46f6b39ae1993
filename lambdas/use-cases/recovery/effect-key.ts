import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Effects } from '../ledger/effects.ts';

type Edited = Pick<LedgerEntry, 'id' | 'edited'>;

/**
 * Key of a call in the effects table, and its `Idempotency-Key` where the dependency honours one. An edited operation
 * gets a new key, so that the dependency does not take it for a repetition of the original.
 */
export function effectKey({ id, edited = 0 }: Edited): string {
  return keyOf(id, edited);
}

/**
 * Finds a success of the operation under its keys from before an operator edited it. Such a call succeeded and its
 * answer was lost, so Backstop must not call the edited operation either.
 *
 * @param leaseMs longest time that such a call may take, in milliseconds
 * @throws IdempotencyAlreadyInProgressError while such a call is in flight
 */
export async function findEarlierSuccess<Done extends { readonly statusCode: number }>(
  { id, edited = 0 }: Edited,
  leaseMs: number,
  effects: Effects,
): Promise<Done | undefined> {
  for (let earlier = 0; earlier < edited; earlier++) {
    try {
      return await effects.once<Done>(keyOf(id, earlier), leaseMs, async () => {
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

/** No failure id contains `#`, so the keys cannot collide. */
function keyOf(id: string, edited: number): string {
  return edited === 0 ? id : `${id}#edit#${edited}`;
}
