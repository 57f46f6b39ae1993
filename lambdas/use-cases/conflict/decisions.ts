import type { Answer, Question } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/** A failure with its question. */
export type QuestionedEntry = LedgerEntry & { readonly question: Question };

/** What is written of a question. Each is one conditional write; false where somebody else was faster. */
export interface DecisionNotes {
  /** Where the machine that waits is to be woken. */
  keepToken(entry: QuestionedEntry, token: string): Promise<boolean>;
  /** What a human has decided: once, and in time. */
  answer(entry: QuestionedEntry, answer: Answer): Promise<boolean>;
}

/** Wakes the machine that waits with this token; one that waits no more is left alone. */
export type Wake = (token: string) => Promise<void>;
