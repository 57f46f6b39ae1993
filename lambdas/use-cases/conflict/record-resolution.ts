import type { ConflictRecord } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Resolution } from '../../domain/conflict/round-result.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, Telemetry } from '../telemetry.ts';
import { reportResolution } from './report-conflict.ts';

interface ResolutionPorts {
  readonly ledger: Pick<Ledger, 'recordResolution'>;
  readonly log: Log;
  readonly telemetry: Pick<Telemetry, 'count'>;
}

/**
 * Records in the ledger how a conflict was resolved. Call it before recording the outcome.
 *
 * @param settings absent if the config no longer has the dependency; then no metric counts the resolution
 */
export async function recordResolution(
  entry: LedgerEntry,
  { how, winner, fields, version }: Resolution,
  settings: DependencySettings | undefined,
  { ledger, log, telemetry }: ResolutionPorts,
): Promise<LedgerEntry> {
  const conflict: ConflictRecord = {
    rounds: entry.conflict?.rounds ?? 0,
    refused: entry.conflict?.refused ?? [],
    end: how,
    winner,
    fields,
    version,
  };
  const noted = await ledger.recordResolution(entry, conflict);
  log('conflict settled', { end: how, winner, fields: fields.length, rounds: conflict.rounds });
  if (settings) reportResolution(entry, winner, settings, telemetry);
  return noted;
}
