import type { Outcome } from './ledger-entry.ts';

/** Outcomes after which the ledger drops the operation, because nobody needs it any more. */
export const SUCCESSFUL_OUTCOMES: ReadonlySet<Outcome> = new Set(['recovered', 'resolved', 'ignored', 'compensated']);
/** Outcomes that remain possible once the undo has begun. */
export const OUTCOMES_AFTER_UNDO: ReadonlySet<Outcome> = new Set(['compensated', 'dead-lettered', 'discarded']);
