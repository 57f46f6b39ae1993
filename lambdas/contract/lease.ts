import type { LedgerEntry } from './ledger-entry.ts';
import { RESOLVER_MS } from './limits.ts';
import type { DependencySettings } from './settings.ts';

type Timed = Pick<DependencySettings, 'timeoutMs'>;

/** Time for the work around a call: ledger writes, fetching the credential, and reading a large body. */
const GRACE_MS = 5_000;

/** Longest duration of one call, in milliseconds. Doubled, because a call may repeat once with a fresh credential. */
export function leaseMs({ timeoutMs }: Timed): number {
  return 2 * timeoutMs + GRACE_MS;
}

/**
 * Longest duration of a round (fetch, compare, resubmit), in milliseconds: two such calls and your resolver function.
 */
function roundLeaseMs({ timeoutMs }: Timed): number {
  return 4 * timeoutMs + RESOLVER_MS + GRACE_MS;
}

/** Longest lease that any failure of the dependency may need, in milliseconds. */
export function longestLeaseMs(settings: Pick<DependencySettings, 'timeoutMs' | 'conflict'>): number {
  return settings.conflict.strategy === 'reject' ? leaseMs(settings) : roundLeaseMs(settings);
}

/** Lease of the failure's next call, in milliseconds. */
export function leaseOf({ conflict }: Pick<LedgerEntry, 'conflict'>, settings: Timed): number {
  return conflict ? roundLeaseMs(settings) : leaseMs(settings);
}

/** Time to record how a request ended, in milliseconds: one write with its repetition. A part of the grace. */
const RECORD_MS = 1_200;

/** Whether a request that leaves now ends within the lease, its record included. All in (epoch) milliseconds. */
export function endsWithin(until: number, timeoutMs: number, now: number): boolean {
  return now + timeoutMs + RECORD_MS <= until;
}
