import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { fallbackAnswer } from '../../domain/fallback/fallback-answer.ts';
import { backupKey } from '../../domain/ledger/effect-key.ts';
import { hadNoEffect } from '../../domain/recovery/open-call.ts';
import type { Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { findEffect } from './find-effect.ts';
import { recordOutcome } from './record-outcome.ts';

/** What the effects table keeps of every success. */
interface HasStatus {
  readonly statusCode: number;
}

export type Unrecorded =
  | { readonly kind: 'done'; readonly entry: LedgerEntry }
  /** A call is in flight, or may still leave. */
  | { readonly kind: 'under-way' }
  /** `hadNoEffect` says whether there is proof that the open call had no effect. */
  | { readonly kind: 'none'; readonly hadNoEffect: boolean };

/**
 * Settles a failure by a success that nobody has recorded, because the executions ended too early. The success is that
 * of the operation, or of its change at a backup.
 */
export async function finishUnrecorded(
  entry: LedgerEntry,
  { ledger, effects }: { readonly ledger: Ledger; readonly effects: Pick<Effects, 'read'> },
): Promise<Unrecorded> {
  const { backupCalled: dependency, inFlight } = entry;
  if (inFlight && Date.parse(inFlight.until) > ledger.now) return { kind: 'under-way' };
  const effect =
    dependency === undefined
      ? await findEffect<HasStatus>(entry, effects)
      : await effects.read<HasStatus>(backupKey(entry, dependency));
  if (effect.kind === 'under-way') return { kind: 'under-way' };
  if (effect.kind !== 'done') return { kind: 'none', hadNoEffect: hadNoEffect(entry, effect) };
  if (dependency === undefined) {
    return { kind: 'done', entry: await recordOutcome(entry, entry.conflict ? 'resolved' : 'recovered', ledger) };
  }
  const answer = fallbackAnswer('backup', { statusCode: effect.success.statusCode, dependency }, { now: ledger.now });
  return { kind: 'done', entry: await recordOutcome(entry, 'degraded', ledger, undefined, answer) };
}
