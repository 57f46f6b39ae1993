import type { ConflictRecord, Question } from '../../contract/conflict-record.ts';
import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type {
  AwaitedExecution,
  HoldReason,
  OutboxEntry,
  Outcome,
  TrailStep,
  Uncertainty,
} from '../../contract/ledger-entry.ts';
import type { Verdict } from '../../contract/verdict.ts';

/** A call about to begin. */
export interface CallLease {
  readonly token: string;
  /** Epoch milliseconds at which the call must have ended. */
  readonly until: number;
  readonly uncertain?: Uncertainty;
}

/** What a call that failed has taught. */
export interface CallFailure {
  readonly verdict: Verdict;
  readonly uncertain?: Uncertainty;
  /** Epoch milliseconds. */
  readonly notBefore?: number;
  /** It has lost a race; absent: what is known of one stays. */
  readonly conflict?: ConflictRecord;
  /** A human must decide. */
  readonly asked?: NewQuestion;
  /** It was a probe of the circuit, which costs the failure no attempt. */
  readonly isProbe?: boolean;
  readonly step: TrailStep;
}

/** A question for a human, and what it changes for the failure that waits for the answer. */
export interface NewQuestion {
  readonly question: Question;
  readonly attemptLimit: number;
  /** Epoch milliseconds. */
  readonly deadline: number;
}

/** No call for a while. */
export interface Hold {
  readonly because: HoldReason;
  /** Epoch milliseconds. */
  readonly until: number;
  /** When the retry that is paid for may be made, in epoch milliseconds. */
  readonly paidFrom?: number;
  /** What `execution` stands for. */
  readonly awaited?: AwaitedExecution;
}

export interface Settlement {
  readonly outcome: Outcome;
  readonly reason?: string;
  /** What a fallback answered, where the outcome is `degraded`. */
  readonly answer?: FallbackAnswer;
  readonly outbox?: OutboxEntry;
}

export interface Reopening {
  readonly verdict: Verdict;
  readonly attemptLimit: number;
  /** Epoch milliseconds. */
  readonly deadline: number;
  /** Epoch milliseconds. */
  readonly fallbackAt?: number;
  readonly deadLetterQueueUrl: string;
  /** There where the next call is a round of fetch, compare, resubmit. */
  readonly conflict?: ConflictRecord;
}
