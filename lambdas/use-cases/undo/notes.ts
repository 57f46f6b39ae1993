import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';

/**
 * Writes the progress of an undo to an open failure. Each method makes one conditional write. It returns the entry
 * after the write, or undefined if another writer changed the entry first.
 */
export interface UndoNotes {
  /** Records that the undo has begun. From then on nothing attempts the operation. */
  recordBegin(entry: LedgerEntry, undo: Omit<UndoProgress, 'version'>): Promise<LedgerEntry | undefined>;
  /** Records the progress of a step. Once the step is done or failed, the trail says so too. */
  recordProgress(entry: LedgerEntry, index: number, step: StepProgress): Promise<LedgerEntry | undefined>;
}
