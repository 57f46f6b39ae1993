import type { Telemetry } from '../../use-cases/telemetry.ts';
import type { DependencySettings } from '../boundary/settings.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { resourceDigest } from '../recovery/resource-group.ts';
import { CONFLICT_MET, type ConflictMet } from './conflict-met.ts';
import type { Undecided, Winner } from './conflict-record.ts';

type Known = Pick<DependencySettings, 'conflict'>;

/** A write has lost a race. The rule that finds the most contended resources counts these lines. */
export function tellOfConflict(
  entry: LedgerEntry,
  { conflict: { strategy } }: Known,
  { count, warn }: Pick<Telemetry, 'count' | 'warn'>,
): void {
  const { dependency, tenant, failure } = entry;
  const resource = failure && resourceDigest(failure.operation, tenant);
  const line: ConflictMet = { dependency, strategy, resource, rounds: entry.conflict?.rounds ?? 0 };
  warn(CONFLICT_MET, { ...line });
  count('ConflictMet', { dependency, strategy });
}

export function tellOfResolution(
  { dependency }: LedgerEntry,
  winner: Winner,
  { conflict: { strategy } }: Known,
  { count }: Pick<Telemetry, 'count'>,
): void {
  count('ConflictResolved', { dependency, strategy, winner });
}

export function tellOfQuestion(
  { dependency }: LedgerEntry,
  because: Undecided,
  { conflict: { strategy } }: Known,
  { count, warn }: Pick<Telemetry, 'count' | 'warn'>,
): void {
  warn('a human must decide', { dependency, strategy, because });
  count('DecisionAsked', { dependency, strategy, because });
}
