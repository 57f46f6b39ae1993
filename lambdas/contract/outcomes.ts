import { namesOf } from './names-of.ts';

interface OutcomeFacts {
  /** Detail type of the event that reports the outcome. */
  readonly event: string | undefined;
  /** The ledger drops the operation, because nobody needs it any more. */
  readonly dropsOperation: boolean;
  /** It remains possible once the undo has begun. */
  readonly mayFollowUndo: boolean;
}

/** What each outcome means. The only list of outcomes: all others derive from it. */
export const OUTCOME_FACTS = {
  recovered: { event: 'Operation Recovered', dropsOperation: true, mayFollowUndo: false },
  resolved: { event: 'Operation Resolved', dropsOperation: true, mayFollowUndo: false },
  degraded: { event: 'Operation Degraded', dropsOperation: false, mayFollowUndo: false },
  compensated: { event: 'Operation Compensated', dropsOperation: true, mayFollowUndo: true },
  'dead-lettered': { event: 'Operation Dead-Lettered', dropsOperation: false, mayFollowUndo: true },
  // Nothing went wrong, so there is nothing to report.
  ignored: { event: undefined, dropsOperation: true, mayFollowUndo: false },
  discarded: { event: 'Operation Discarded', dropsOperation: false, mayFollowUndo: true },
} as const satisfies Readonly<Record<string, OutcomeFacts>>;

/** The one final result of a failure. */
export type Outcome = keyof typeof OUTCOME_FACTS;

/** Final results of a failure. */
export const OUTCOMES: readonly Outcome[] = namesOf(OUTCOME_FACTS);
