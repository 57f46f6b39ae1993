import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';

/**
 * What an undo writes of an open failure. Each is one conditional write, and answers the entry as it then stands; undefined where
 * somebody else has moved it on.
 */
export interface UndoNotes {
  /** From then on the operation is not made any more. */
  begun(entry: LedgerEntry, undo: Omit<UndoProgress, 'version'>): Promise<LedgerEntry | undefined>;
  /** Where a step stands by now. Its end is told in the trail. */
  moved(entry: LedgerEntry, index: number, step: StepProgress): Promise<LedgerEntry | undefined>;
}
