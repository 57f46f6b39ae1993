import type { DependencySettings } from '../boundary/settings.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Hold } from '../ledger/ledger-changes.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Decision } from './decide.ts';

/** So much of the deadline is left for the last try. */
const LAST_TRY_MS = 1_000;

/** Notes until when a failure waits: never past its deadline, nor past the time at which its fallback is to answer. */
export function hold(
  entry: LedgerEntry,
  { because, until }: Hold,
  settings: Pick<DependencySettings, 'fallback'>,
  ledger: Ledger,
): Promise<LedgerEntry> {
  const { now } = ledger;
  const limits = [Date.parse(entry.deadline) - LAST_TRY_MS, fallbackAt(entry, settings)];
  const ahead = limits.filter((limit): limit is number => limit !== undefined && limit > now);
  return ledger.hold(entry, { because, until: Math.min(until, ...ahead) });
}

/** Whether the fallback of the dependency is to answer: the failure would be given up, or has waited for long enough. */
export function isFallbackDue(
  entry: LedgerEntry,
  settings: Pick<DependencySettings, 'fallback'>,
  now: number,
  decision?: Decision,
): boolean {
  if (!mayFallBack(entry, settings)) return false;
  if (decision?.action === 'give-up') return decision.reason === 'exhausted' || decision.reason === 'deadline';
  const at = fallbackAt(entry, settings);
  return at !== undefined && now >= at;
}

function mayFallBack({ failure }: LedgerEntry, { fallback }: Pick<DependencySettings, 'fallback'>): boolean {
  return fallback !== undefined && failure !== undefined && failure.fallback !== 'none';
}

/** Epoch milliseconds, where the fallback is to answer before the failure's deadline. */
function fallbackAt(entry: LedgerEntry, settings: Pick<DependencySettings, 'fallback'>): number | undefined {
  const afterMs = settings.fallback?.afterMs;
  if (afterMs === undefined || !mayFallBack(entry, settings)) return undefined;
  const redriven = entry.trail.findLast(({ step }) => step === 'redriven');
  return Date.parse(redriven?.at ?? entry.receivedAt) + afterMs;
}
