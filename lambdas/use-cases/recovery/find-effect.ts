import { type CallSubject, earlierEffectKeys, effectKey } from '../../domain/ledger/effect-key.ts';
import type { KnownEffect } from '../../domain/ledger/effect-transitions.ts';
import type { Effects } from '../ledger/effects.ts';

/**
 * Reads what is known of the operation's calls. A success under a key from before an edit counts: its answer was lost,
 * so Backstop must not call the edited operation either. Otherwise the calls under the current key decide, unless an
 * earlier one is still in flight.
 */
export async function findEffect<Success>(
  entry: CallSubject,
  effects: Pick<Effects, 'read'>,
): Promise<KnownEffect<Success>> {
  const [current, ...earlier] = await Promise.all([
    effects.read<Success>(effectKey(entry)),
    ...earlierEffectKeys(entry).map((key) => effects.read<Success>(key)),
  ]);
  const known = [current, ...earlier];
  return known.find(({ kind }) => kind === 'done') ?? known.find(({ kind }) => kind === 'under-way') ?? current;
}
