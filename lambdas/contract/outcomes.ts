import type { Outcome } from './ledger-entry.ts';

/** Outcomes after which nobody needs the operation any more. */
export const ENDED_WELL: ReadonlySet<Outcome> = new Set(['recovered', 'resolved', 'ignored', 'compensated']);
/** Outcomes that a failure can come to whose completed steps are being undone. */
export const AFTER_UNDO: ReadonlySet<Outcome> = new Set(['compensated', 'dead-lettered', 'discarded']);
