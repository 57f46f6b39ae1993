import { CONFLICT_MET, type ConflictMet } from '../../contract/conflict-met.ts';
import type { DecisionReason, Winner } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { resourceDigest } from '../../domain/recovery/resource-key.ts';
import type { Telemetry } from '../telemetry.ts';

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
  because: DecisionReason,
  { conflict: { strategy } }: Known,
  { count, warn }: Pick<Telemetry, 'count' | 'warn'>,
): void {
  warn('a human must decide', { dependency, strategy, because });
  count('DecisionAsked', { dependency, strategy, because });
}
