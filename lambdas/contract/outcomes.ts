import { namesOf } from './names-of.ts';

interface OutcomeFacts {
  /** Detail type of the event that reports the outcome. */
  readonly event: string | undefined;
  /** The ledger drops the operation, because nobody needs it any more. */
  readonly dropsOperation: boolean;
  /** It remains possible once the undo has begun. */
  readonly mayFollowUndo: boolean;
  /** Nobody needs the operation any more: it is done, or something answers in its place. */
  readonly isDone: boolean;
}

/** What each outcome means. The only list of outcomes: all others derive from it. */
export const OUTCOME_FACTS = {
  recovered: { event: 'Operation Recovered', dropsOperation: true, mayFollowUndo: false, isDone: true },
  resolved: { event: 'Operation Resolved', dropsOperation: true, mayFollowUndo: false, isDone: true },
  degraded: { event: 'Operation Degraded', dropsOperation: false, mayFollowUndo: false, isDone: true },
  compensated: { event: 'Operation Compensated', dropsOperation: true, mayFollowUndo: true, isDone: false },
  'dead-lettered': { event: 'Operation Dead-Lettered', dropsOperation: false, mayFollowUndo: true, isDone: false },
  // Nothing went wrong, so there is nothing to report.
  ignored: { event: undefined, dropsOperation: true, mayFollowUndo: false, isDone: true },
  discarded: { event: 'Operation Discarded', dropsOperation: false, mayFollowUndo: true, isDone: false },
} as const satisfies Readonly<Record<string, OutcomeFacts>>;

/** The one final result of a failure. */
export type Outcome = keyof typeof OUTCOME_FACTS;

/** Final results of a failure. */
export const OUTCOMES: readonly Outcome[] = namesOf(OUTCOME_FACTS);
