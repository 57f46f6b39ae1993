import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Verdict } from '../../contract/verdict.ts';

export interface BackupFailure {
  readonly dependency: string;
  readonly verdict: Verdict;
  readonly statusCode?: number;
}

/** What fallbacks write of an open failure. Each is one conditional write; false where the failure has moved on. */
export interface FallbackNotes {
  /**
   * Before a change goes to the backup: from then on it may have taken effect there, so that nobody may make it elsewhere, not
   * even after a redrive.
   */
  backupCalled(entry: LedgerEntry, dependency: string): Promise<boolean>;
  /** The change was not sent after all. */
  backupNotCalled(entry: LedgerEntry, dependency: string): Promise<boolean>;
  /** The backup has failed as well. Where that had no effect, the failure is as it was before. */
  backupFailed(entry: LedgerEntry, failure: BackupFailure): Promise<boolean>;
  /** Leaves the dependency alone until then, in epoch milliseconds. */
  postpone(entry: LedgerEntry, until: number): Promise<boolean>;
}
