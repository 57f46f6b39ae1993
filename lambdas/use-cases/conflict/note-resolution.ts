import type { ConflictRecord } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Resolution } from '../../domain/conflict/round-result.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log, Telemetry } from '../telemetry.ts';
import { tellOfResolution } from './tell.ts';

interface NoteTools {
  readonly ledger: Pick<Ledger, 'conflictSettled'>;
  readonly log: Log;
  readonly telemetry: Pick<Telemetry, 'count'>;
}

/**
 * How a conflict was settled goes into the ledger before the outcome does.
 *
 * @param settings absent where the config knows the dependency no more: then no metric has a strategy to count it under
 */
export async function noteResolution(
  entry: LedgerEntry,
  { how, winner, fields, version }: Resolution,
  settings: DependencySettings | undefined,
  { ledger, log, telemetry }: NoteTools,
): Promise<LedgerEntry> {
  const conflict: ConflictRecord = {
    rounds: entry.conflict?.rounds ?? 0,
    refused: entry.conflict?.refused ?? [],
    ...{ end: how, winner, fields },
    ...(version !== undefined && { version }),
  };
  const noted = await ledger.conflictSettled(entry, conflict);
  log('conflict settled', { end: how, winner, fields: fields.length, rounds: conflict.rounds });
  if (settings) tellOfResolution(entry, winner, settings, telemetry);
  return noted;
}
