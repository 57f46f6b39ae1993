import { CONFLICT_MET, type ConflictMet } from '../../contract/conflict-met.ts';
import type { DecisionReason, Winner } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { resourceDigest } from '../../domain/recovery/resource-key.ts';
import type { Telemetry } from '../telemetry.ts';

type Known = Pick<DependencySettings, 'conflict'>;

/** Logs and counts a write that met a conflict. The rule for contended resources counts these log lines. */
export function reportConflict(
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

/** Counts a resolved conflict by its winner. */
export function reportResolution(
  { dependency }: LedgerEntry,
  winner: Winner,
  { conflict: { strategy } }: Known,
  { count }: Pick<Telemetry, 'count'>,
): void {
  count('ConflictResolved', { dependency, strategy, winner });
}

/** Logs and counts a question to a human. */
export function reportQuestion(
  { dependency }: LedgerEntry,
  because: DecisionReason,
  { conflict: { strategy } }: Known,
  { count, warn }: Pick<Telemetry, 'count' | 'warn'>,
): void {
  warn('a human must decide', { dependency, strategy, because });
  count('DecisionAsked', { dependency, strategy, because });
}
