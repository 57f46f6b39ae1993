import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import { type Check, is, isAbsent } from './check.ts';
import type { BackupCall, BackupFailure } from './ledger-changes.ts';
import { IS_NOT_UNDOING, isOpenInCycle, type Transition, trailStep, type WriteTimes } from './transition.ts';

const ANNOUNCEMENT = ['backupCalled', 'backupToken', 'uncertain'];

/** Announces a change before it goes to the backup. */
export function announceBackupCall(
  entry: LedgerEntry,
  { dependency, token }: BackupCall,
  { now }: WriteTimes,
): Transition {
  return {
    set: { backupCalled: dependency, backupToken: token, uncertain: 'attempt' },
    trail: [trailStep(now, 'backup-called', { dependency })],
    condition: [...isOpenInCycle(entry), isAbsent('inFlight'), isAbsent('uncertain'), IS_NOT_UNDOING],
  };
}

/** Withdraws the announcement of a change that was not sent. */
export function withdrawBackupCall(entry: LedgerEntry, dependency: string): Transition {
  return { remove: ANNOUNCEMENT, condition: isAtBackup(entry, dependency) };
}

/** Withdraws an announcement that nobody knows to be stored. Its token tells it from that of another process. */
export function revokeBackupCall(entry: LedgerEntry, { dependency, token }: BackupCall): Transition {
  return { remove: ANNOUNCEMENT, condition: [...isAtBackup(entry, dependency), is('backupToken', token)] };
}

/** Records that the backup failed too. Withdraws the announcement if that call had no effect. */
export function recordBackupFailure(entry: LedgerEntry, failure: BackupFailure, { now }: WriteTimes): Transition {
  const { dependency, statusCode } = failure;
  const { kind, rule, effect } = failure.verdict;
  return {
    remove: effect === 'none' ? ANNOUNCEMENT : [],
    trail: [trailStep(now, 'backup-failed', { dependency, verdict: kind, rule, statusCode })],
    condition: isAtBackup(entry, dependency),
  };
}

/** Makes no call before `until`, in epoch milliseconds, because the fallback has no answer yet. */
export function delayAttempt(entry: LedgerEntry, until: number): Transition {
  return { set: { notBefore: iso(until) }, condition: [...isOpenInCycle(entry), isAbsent('inFlight')] };
}

function isAtBackup(entry: LedgerEntry, dependency: string): readonly Check[] {
  return [...isOpenInCycle(entry), is('backupCalled', dependency)];
}
