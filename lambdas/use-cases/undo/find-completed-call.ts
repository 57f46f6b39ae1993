import { UnknownResultError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Resolution } from '../../domain/conflict/round-result.ts';
import { fallbackAnswer } from '../../domain/fallback/fallback-answer.ts';
import { effectKey } from '../../domain/ledger/effect-key.ts';
import { recordResolution } from '../conflict/record-resolution.ts';
import { findChange } from '../fallback/backup.ts';
import { busyIfInProgress, type Effects } from '../ledger/effects.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { recordOutcome } from '../recovery/record-outcome.ts';
import type { Log, Telemetry } from '../telemetry.ts';

interface FindCallPorts {
  readonly ledger: Ledger;
  readonly effects: Effects;
  readonly settingsOf: (dependency: string) => DependencySettings | undefined;
  readonly log: Log;
  readonly telemetry: Pick<Telemetry, 'count'>;
}

/**
 * Finds a call that succeeded but was cut off before the ledger recorded it: its success is in the effects table. Then
 * there is nothing to undo.
 *
 * @returns the outcome, or undefined if no call has succeeded
 * @throws BusyError while a call is in flight
 */
export async function findCompletedCall(entry: LedgerEntry, ports: FindCallPorts): Promise<Outcome | undefined> {
  const { ledger, effects, settingsOf } = ports;
  if (entry.backupCalled !== undefined) {
    const { timeoutMs = 0 } = settingsOf(entry.backupCalled) ?? {};
    const found = await findChange(entry, { name: entry.backupCalled, timeoutMs }, { effects });
    if (typeof found === 'string') return undefined;
    await recordOutcome(entry, 'degraded', ledger, undefined, fallbackAnswer('backup', found, { now: ledger.now }));
    return 'degraded';
  }
  const success = entry.inFlight && (await successOf(entry, effects));
  if (!success) return undefined;
  if (success.resolution && entry.conflict?.winner === undefined) {
    await recordResolution(entry, success.resolution, settingsOf(entry.dependency), ports);
  }
  return entry.conflict ? 'resolved' : 'recovered';
}

interface Success {
  readonly statusCode: number;
  /** Present if a conflict round made the call. */
  readonly resolution?: Resolution;
}

async function successOf(entry: LedgerEntry, effects: Effects): Promise<Success | undefined> {
  try {
    return await effects.once<Success>(effectKey(entry), 0, async () => {
      throw new UnknownResultError('the call was interrupted');
    });
  } catch (error) {
    if (error instanceof UnknownResultError) return undefined;
    throw busyIfInProgress(error, 'the call is in progress');
  }
}
