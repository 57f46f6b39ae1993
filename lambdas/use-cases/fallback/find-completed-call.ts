import { BusyError } from '../../contract/errors.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { fallbackAnswer } from '../../domain/fallback/fallback-answer.ts';
import type { Effects } from '../ledger/effects.ts';
import { findEffect } from '../recovery/find-effect.ts';
import { recordOutcome } from '../recovery/record-outcome.ts';
import { type RecordPorts, recordSuccess, type Success } from '../recovery/record-result.ts';
import { findChange } from './backup.ts';

interface FindCallPorts extends RecordPorts {
  readonly effects: Pick<Effects, 'read'>;
  readonly settingsOf: (dependency: string) => DependencySettings | undefined;
}

/**
 * Finds a call that succeeded but was cut off before the ledger recorded it: its success is in the effects table. Looks
 * even if the ledger announces no call, because what follows can't be taken back: nothing is undone, and no fallback
 * answers.
 *
 * @returns the outcome, or undefined if no call has succeeded
 * @throws BusyError while a call is in flight
 */
export async function findCompletedCall(entry: LedgerEntry, ports: FindCallPorts): Promise<Outcome | undefined> {
  const { ledger, effects, settingsOf } = ports;
  if (entry.backupCalled !== undefined) {
    const found = await findChange(entry, entry.backupCalled, ports);
    if (typeof found === 'string') return undefined;
    await recordOutcome(entry, 'degraded', ledger, undefined, fallbackAnswer('backup', found, { now: ledger.now }));
    return 'degraded';
  }
  const effect = await findEffect<Success>(entry, effects);
  if (effect.kind === 'under-way') throw new BusyError('the call is in progress');
  if (effect.kind !== 'done') return undefined;
  const { outcome } = await recordSuccess(entry, effect.success, settingsOf(entry.dependency), ports);
  return outcome;
}
