import type { LedgerEntry } from './ledger-entry.ts';
import { RESOLVER_MS } from './limits.ts';
import type { DependencySettings } from './settings.ts';

type Timed = Pick<DependencySettings, 'timeoutMs'>;

/** For what is done around a call: writes, and the credential. */
const GRACE_MS = 5_000;

/** How long a call is under way, at most: it may be repeated once, with a fresh credential. */
export function leaseMs({ timeoutMs }: Timed): number {
  return 2 * timeoutMs + GRACE_MS;
}

/** How long a round of fetch, compare, resubmit is under way, at most: two such calls, and the team's own function between them. */
export function roundLeaseMs({ timeoutMs }: Timed): number {
  return 4 * timeoutMs + RESOLVER_MS + GRACE_MS;
}

/** The longest lease that a failure of the dependency may need. */
export function longestLeaseMs(settings: Pick<DependencySettings, 'timeoutMs' | 'conflict'>): number {
  return settings.conflict.strategy === 'reject' ? leaseMs(settings) : roundLeaseMs(settings);
}

/** The lease of what a failure's next call is. */
export function leaseOf({ conflict }: Pick<LedgerEntry, 'conflict'>, settings: Timed): number {
  return conflict ? roundLeaseMs(settings) : leaseMs(settings);
}

/** Whether the call could outlast its lease, and so run beside somebody else's. */
export function isLate(entry: Pick<LedgerEntry, 'conflict' | 'inFlight'>, settings: Timed, now: number): boolean {
  const { inFlight } = entry;
  return inFlight !== undefined && now + leaseOf(entry, settings) - GRACE_MS > Date.parse(inFlight.until);
}
