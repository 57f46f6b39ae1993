import type { Failure } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Hold } from '../../domain/ledger/ledger-changes.ts';
import type { Decision } from '../../domain/recovery/decide.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** So much of the deadline is left for the last try: what brings a failure back may be late by seconds. */
export const LAST_TRY_MS = 10_000;
/** Where not even that is left. */
const VERY_LAST_TRY_MS = 1_000;

type WithFallback = Pick<DependencySettings, 'fallback'>;

/** Notes until when a failure waits: never past its deadline, nor past the time at which its fallback is to answer. */
export function hold(entry: LedgerEntry, { because, until, awaited }: Hold, ledger: Ledger): Promise<LedgerEntry> {
  const fallbackAt = Date.parse(entry.fallbackAt ?? entry.deadline);
  const latest = Math.min(
    lastTryAt(entry, ledger.now),
    fallbackAt > ledger.now ? fallbackAt : Number.POSITIVE_INFINITY,
  );
  return ledger.hold(entry, {
    because,
    until: Math.min(until, latest),
    ...(because === 'retry-budget' && { paidFrom: until }),
    ...(awaited && { awaited }),
  });
}

/** When a failure is tried for the last time, in epoch milliseconds: shortly before its deadline, or with it. */
export function lastTryAt({ deadline }: Pick<LedgerEntry, 'deadline'>, now: number): number {
  const end = Date.parse(deadline);
  return [end - LAST_TRY_MS, end - VERY_LAST_TRY_MS].find((limit) => limit > now) ?? end;
}

/** Whether the fallback of the dependency is to answer: the failure would be given up, or has waited for long enough. */
export function isFallbackDue(entry: LedgerEntry, settings: WithFallback, now: number, decision?: Decision): boolean {
  // What has lost a race has reached its dependency; what is being undone must not be made elsewhere.
  if (!entry.failure || entry.conflict || entry.undo || !mayFallBack(entry.failure, settings)) return false;
  if (decision?.action === 'give-up') return decision.reason === 'exhausted' || decision.reason === 'deadline';
  return entry.fallbackAt !== undefined && now >= Date.parse(entry.fallbackAt);
}

/** When the fallback is to answer for a failure that comes in now, in epoch milliseconds; undefined: at its deadline, or never. */
export function fallbackTime(failure: Failure, settings: WithFallback, now: number): number | undefined {
  const { afterMs } = settings.fallback ?? {};
  return afterMs === undefined || !mayFallBack(failure, settings) ? undefined : now + afterMs;
}

function mayFallBack(failure: Failure, { fallback }: WithFallback): boolean {
  return fallback !== undefined && failure.fallback !== 'none';
}
