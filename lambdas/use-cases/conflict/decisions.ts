import type { Answer, Question } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/** A failure that waits for a human, with its question. */
export type QuestionedEntry = LedgerEntry & { readonly question: Question };

/** Writes about a question. Each method makes one conditional write; false if another writer was first. */
export interface DecisionNotes {
  /** Stores the task token by which the answer wakes the execution. */
  keepToken(entry: QuestionedEntry, token: string): Promise<boolean>;
  /** Stores the decision, once, and only before the question expires. */
  answer(entry: QuestionedEntry, answer: Answer): Promise<boolean>;
}

/** Wakes the execution that waits with this task token. Does nothing if it no longer waits. */
export type Wake = (token: string) => Promise<void>;
