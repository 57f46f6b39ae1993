import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Effects } from '../ledger/effects.ts';

type Edited = Pick<LedgerEntry, 'id' | 'edited'>;

/**
 * Under which key a call is marked, and sent where the dependency honours such keys. An operation that an operator has changed is
 * another one: the dependency must not take it for a repetition of the one before.
 */
export function effectKey({ id, edited = 0 }: Edited): string {
  return keyOf(id, edited);
}

/**
 * The success of the operation as it was before it was changed, if there was any: the call had ended well, and only nobody had heard of
 * it. Then it is not made in its new form either.
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

/** `#` is in no id. */
function keyOf(id: string, edited: number): string {
  return edited === 0 ? id : `${id}#edit#${edited}`;
}
