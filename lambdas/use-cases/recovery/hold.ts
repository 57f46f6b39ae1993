import type { Failure } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { isOutageReason } from '../../contract/reasons.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Hold } from '../../domain/ledger/ledger-changes.ts';
import type { Decision } from '../../domain/recovery/decide.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** The last attempt starts this long before the deadline, because queues and timers can be seconds late. */
export const LAST_TRY_MS = 10_000;
/** Margin before the deadline once less than {@link LAST_TRY_MS} is left. */
const VERY_LAST_TRY_MS = 1_000;

type WithFallback = Pick<DependencySettings, 'fallback'>;

/** Records until when a failure waits: at most until shortly before its deadline, or until its fallback is due. */
export function hold(entry: LedgerEntry, { because, until, awaited }: Hold, ledger: Ledger): Promise<LedgerEntry> {
  const fallbackAt = Date.parse(entry.fallbackAt ?? entry.deadline);
  const latest = Math.min(
    lastTryAt(entry, ledger.now),
    fallbackAt > ledger.now ? fallbackAt : Number.POSITIVE_INFINITY,
  );
  return ledger.hold(entry, {
    because,
    until: Math.min(until, latest),
    paidFrom: because === 'retry-budget' ? until : undefined,
    awaited,
  });
}

/** Time of the last attempt, in epoch milliseconds: 10 s or else 1 s before the deadline, or else the deadline. */
export function lastTryAt({ deadline }: Pick<LedgerEntry, 'deadline'>, now: number): number {
  const end = Date.parse(deadline);
  return [end - LAST_TRY_MS, end - VERY_LAST_TRY_MS].find((limit) => limit > now) ?? end;
}

/** Whether the fallback is due: the failure would be given up, or has waited for the fallback's `afterMs`. */
export function isFallbackDue(entry: LedgerEntry, settings: WithFallback, now: number, decision?: Decision): boolean {
  // A conflict means that the dependency answered. An operation that is being undone must not run at a backup.
  if (!entry.failure || entry.conflict || entry.undo || !mayFallBack(entry.failure, settings)) return false;
  if (decision?.action === 'give-up') return isOutageReason(decision.reason);
  return entry.fallbackAt !== undefined && now >= Date.parse(entry.fallbackAt);
}

/** When the fallback answers for a failure received now, in epoch milliseconds; undefined: at its deadline or never. */
export function fallbackTime(failure: Failure, settings: WithFallback, now: number): number | undefined {
  const { afterMs } = settings.fallback ?? {};
  return afterMs === undefined || !mayFallBack(failure, settings) ? undefined : now + afterMs;
}

function mayFallBack(failure: Failure, { fallback }: WithFallback): boolean {
  return fallback !== undefined && failure.fallback !== 'none';
}
