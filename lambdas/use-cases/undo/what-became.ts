import { BusyError, errorName, UnknownResultError } from '../../contract/errors.ts';
import type { LedgerEntry, Outcome } from '../../contract/ledger-entry.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Resolution } from '../../domain/conflict/round-result.ts';
import { fallbackAnswer } from '../../domain/fallback/fallback-answer.ts';
import { noteResolution } from '../conflict/note-resolution.ts';
import { findChange } from '../fallback/backup.ts';
import type { Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { conclude } from '../recovery/conclude.ts';
import type { Log, Telemetry } from '../telemetry.ts';

export interface FindingTools {
  readonly ledger: Ledger;
  readonly effects: Effects;
  readonly settingsOf: (dependency: string) => DependencySettings | undefined;
  readonly log: Log;
  readonly telemetry: Pick<Telemetry, 'count'>;
}

/**
 * The outcome of a failure whose operation has succeeded although the ledger knows nothing of it: a call of it was cut off, and
 * its success is in the effects table. Then there is nothing to undo.
 *
 * @throws BusyError where a call is still under way
 */
export async function foundOut(entry: LedgerEntry, tools: FindingTools): Promise<Outcome | undefined> {
  const { ledger, effects, settingsOf } = tools;
  if (entry.backupCalled !== undefined) {
    const { timeoutMs = 0 } = settingsOf(entry.backupCalled) ?? {};
    const found = await findChange(entry, { name: entry.backupCalled, timeoutMs }, { effects });
    if (typeof found === 'string') return undefined;
    await conclude(entry, 'degraded', ledger, undefined, fallbackAnswer('backup', found, { now: ledger.now }));
    return 'degraded';
  }
  const success = entry.inFlight && (await successOf(entry, effects));
  if (!success) return undefined;
  if (success.resolution && entry.conflict?.winner === undefined) {
    await noteResolution(entry, success.resolution, settingsOf(entry.dependency), tools);
  }
  return entry.conflict ? 'resolved' : 'recovered';
}

interface Success {
  readonly statusCode: number;
  /** Of a round after a conflict. */
  readonly resolution?: Resolution;
}

async function successOf({ id }: LedgerEntry, effects: Effects): Promise<Success | undefined> {
  try {
    return await effects.once<Success>(id, 0, async () => {
      throw new UnknownResultError('the call was cut off midway');
    });
  } catch (error) {
    if (error instanceof UnknownResultError) return undefined;
    throw errorName(error) === 'IdempotencyAlreadyInProgressError' ? new BusyError('the call is under way') : error;
  }
}
