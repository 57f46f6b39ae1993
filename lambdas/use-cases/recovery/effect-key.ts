import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Effect } from '../../domain/ledger/effect-transitions.ts';
import type { Effects } from '../ledger/effects.ts';

type Keyed = Pick<LedgerEntry, 'id' | 'edited'>;

/**
 * Key of a call in the effects table, and its `Idempotency-Key` where the dependency honours one. An edited operation
 * gets a new key, so that the dependency does not take it for a repetition of the original.
 */
export function effectKey({ id, edited = 0 }: Keyed): string {
  return keyOf(id, edited);
}

/** Key of the call that undoes a step, in the effects table and at the dependency. */
export function undoKey({ id }: Keyed, index: number): string {
  return `${id}#undo#${index}`;
}

/** Key of a change at a backup in the effects table. */
export function backupKey({ id }: Keyed, backup: string): string {
  return `${id}#${backup}`;
}

/**
 * Reads what is known of the operation's calls. A success under a key from before an edit counts: its answer was lost,
 * so Backstop must not call the edited operation either. Otherwise the calls under the current key decide, unless an
 * earlier one is still in flight.
 */
export async function findEffect<Success>(
  { id, edited = 0 }: Keyed,
  effects: Pick<Effects, 'read'>,
): Promise<Effect<Success>> {
  const edits = Array.from({ length: edited }, (_, earlier) => keyOf(id, earlier));
  const [current, ...earlier] = await Promise.all([
    effects.read<Success>(keyOf(id, edited)),
    ...edits.map((key) => effects.read<Success>(key)),
  ]);
  const known = [current, ...earlier];
  return known.find(({ kind }) => kind === 'done') ?? known.find(({ kind }) => kind === 'under-way') ?? current;
}

/** No failure id contains `#`, so the keys cannot collide. */
function keyOf(id: string, edited: number): string {
  return edited === 0 ? id : `${id}#edit#${edited}`;
}
