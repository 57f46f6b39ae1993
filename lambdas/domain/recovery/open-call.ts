import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { KnownEffect } from '../ledger/effect-transitions.ts';
import { isRepeatable, mayBeRepeated } from './call-failure.ts';

/**
 * Whether a call is announced and has no result yet. It is in flight, or was cut off. Then only the effects table can
 * tell whether it succeeded.
 */
export function hasOpenCall({ inFlight, uncertain }: Pick<LedgerEntry, 'inFlight' | 'uncertain'>): boolean {
  return inFlight !== undefined || uncertain === 'interrupted';
}

/**
 * Whether an earlier call may have had an effect, and none may follow any more. The settings have changed since: a call
 * without an idempotency key must not be repeated with one, nor one with a key without. Or the dependency may have
 * forgotten the key.
 */
export function isNoLongerRepeatable(entry: LedgerEntry, settings: DependencySettings, now: number): boolean {
  return entry.possibleEffect === true && entry.conflict === undefined && !isRepeatable(entry, settings, now);
}

/** Whether there is proof that the cut-off call had no effect. Earlier versions left none. */
export function hadNoEffect({ inFlight }: LedgerEntry, { kind }: KnownEffect<unknown>): boolean {
  return kind === 'none' && inFlight?.repeatable !== undefined;
}

/**
 * Whether another call may follow the one that was cut off, by its limits and by what the effects table knows of it.
 */
export function mayCallAgain(
  entry: LedgerEntry,
  settings: DependencySettings,
  effect: KnownEffect<unknown>,
  now: number,
): boolean {
  if (entry.attempts >= entry.attemptLimit || now >= Date.parse(entry.deadline)) return false;
  return hadNoEffect(entry, effect) || mayBeRepeated(entry, settings, now);
}
