import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Verdict } from '../../contract/verdict.ts';

interface BackupFailure {
  readonly dependency: string;
  readonly verdict: Verdict;
  readonly statusCode?: number;
}

/** Writes of a fallback to an open failure. Each method is one conditional write; false if the failure has changed. */
export interface FallbackNotes {
  /**
   * Announces a change before it goes to the backup. From then on it may have taken effect there, so nothing may make
   * it elsewhere, not even after a redrive.
   */
  announceBackupCall(entry: LedgerEntry, dependency: string): Promise<boolean>;
  /** Withdraws the announcement of a change that was not sent. */
  withdrawBackupCall(entry: LedgerEntry, dependency: string): Promise<boolean>;
  /** Records that the backup failed too. Withdraws the announcement if that call had no effect. */
  recordBackupFailure(entry: LedgerEntry, failure: BackupFailure): Promise<boolean>;
  /** Makes no call before `until`, in epoch milliseconds. */
  postpone(entry: LedgerEntry, until: number): Promise<boolean>;
}
