import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import { type Check, isAbsent, isStill } from './check.ts';
import type { BackupCall, BackupFailure } from './ledger-changes.ts';
import { IS_NOT_UNDOING, isOpenInCycle, type Transition, trailStep, type WriteTimes } from './transition.ts';

const ANNOUNCEMENT = ['backupCalled', 'backupToken', 'backupUntil', 'uncertain'];
/** Clocks may differ by so much. Nothing is in a hurry after a call that was cut off. */
const SKEW_MS = 30_000;

/** Announces a change before it goes to the backup. */
export function announceBackupCall(
  entry: LedgerEntry,
  { dependency, token, until }: BackupCall,
  { now }: WriteTimes,
): Transition {
  return {
    set: {
      backupCalled: dependency,
      backupToken: token,
      backupUntil: iso(until + SKEW_MS),
      uncertain: 'attempt',
    },
    trail: [trailStep(now, 'backup-called', { dependency })],
    condition: [...isOpenInCycle(entry), isAbsent('inFlight'), isAbsent('uncertain'), IS_NOT_UNDOING],
  };
}

/** Withdraws the announcement of a change that was not sent. Its token tells it from that of another process. */
export function withdrawBackupCall(entry: LedgerEntry): Transition {
  return { remove: ANNOUNCEMENT, condition: isSameCall(entry) };
}

export function recordBackupFailure(entry: LedgerEntry, failure: BackupFailure, { now }: WriteTimes): Transition {
  const { dependency, statusCode } = failure;
  const { kind, rule, effect } = failure.verdict;
  return {
    remove: effect === 'none' ? ANNOUNCEMENT : [],
    trail: [trailStep(now, 'backup-failed', { dependency, verdict: kind, rule, statusCode })],
    condition: isSameCall(entry),
  };
}

export function delayAttempt(entry: LedgerEntry, until: number): Transition {
  return { set: { notBefore: iso(until) }, condition: [...isOpenInCycle(entry), isAbsent('inFlight')] };
}

/** The announcement of the read still stands. Those of earlier versions may lack a token. */
function isSameCall(entry: LedgerEntry): readonly Check[] {
  const { backupCalled, backupToken } = entry;
  return [...isOpenInCycle(entry), isStill('backupCalled', backupCalled), isStill('backupToken', backupToken)];
}
