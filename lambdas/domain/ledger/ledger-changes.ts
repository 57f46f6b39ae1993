import type { ConflictRecord, Question } from '../../contract/conflict-record.ts';
import type { Failure } from '../../contract/failure.ts';
import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type {
  AwaitedExecution,
  HoldReason,
  LedgerEntry,
  OutboxEntry,
  TrailStep,
  Uncertainty,
} from '../../contract/ledger-entry.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import type { UndoProgress } from '../../contract/undo-progress.ts';
import type { Verdict } from '../../contract/verdict.ts';

/** Lease for a call that is about to begin. */
export interface CallLease {
  readonly token: string;
  /** Epoch milliseconds: end of the lease. */
  readonly until: number;
  /** Whether Backstop may repeat the call if its result is unknown. */
  readonly repeatable?: boolean;
  /** The call that was announced before had no effect. */
  readonly followsNoEffect?: boolean;
}

/** A failed call, as recorded in the ledger. */
export interface CallFailure {
  readonly verdict: Verdict;
  /** Masked excerpt of the error or the answer. Absent: the earlier one stays. */
  readonly excerpt?: string;
  readonly uncertain?: Uncertainty;
  /** Epoch milliseconds. */
  readonly notBefore?: number;
  /** The new conflict record. Absent: the existing record stays. */
  readonly conflict?: ConflictRecord;
  /** How far a paginated read got. Absent: the next call continues where this one did. */
  readonly checkpoint?: string;
  /** Present if a human must decide. */
  readonly asked?: NewQuestion;
  /** The call was a probe of the circuit, which costs no attempt. */
  readonly isProbe?: boolean;
  readonly step: TrailStep;
}

/** A question for a human, with new limits for the failure that waits for the answer. */
export interface NewQuestion {
  readonly question: Question;
  readonly attemptLimit: number;
  /** Epoch milliseconds. */
  readonly deadline: number;
}

/** A delay before the next call. */
export interface Hold {
  readonly because: HoldReason;
  /** Epoch milliseconds. */
  readonly until: number;
  /** Earliest time of a durable retry already drawn from the budget, in epoch milliseconds. */
  readonly paidFrom?: number;
  /** The running execution. Present if the reason is `execution`. */
  readonly awaited?: AwaitedExecution;
}

/** A message of the lane about a failure. */
export interface LaneMessage {
  readonly messageId: string;
  /** How many copies were sent before this one, each in place of the last. 0 for a message that no worker sent. */
  readonly copy: number;
}

/** Final result of a failure, with the event to publish. */
export interface Settlement {
  readonly outcome: Outcome;
  readonly reason?: string;
  /** The fallback's answer. Present only if the outcome is `degraded`. */
  readonly answer?: FallbackAnswer;
  readonly outbox?: OutboxEntry;
}

/** Changes to a dead-lettered failure that a redrive opens for another cycle. */
export interface Reopening {
  readonly verdict: Verdict;
  readonly attemptLimit: number;
  /** Epoch milliseconds. */
  readonly deadline: number;
  /** Epoch milliseconds. */
  readonly fallbackAt?: number;
  readonly deadLetterQueueUrl: string;
  /** Present if the next call is a conflict round (fetch, compare, resubmit). */
  readonly conflict?: ConflictRecord;
}

/** A new failure, before the ledger adds when to check it and how long to keep it. */
export type NewEntry = Omit<LedgerEntry, 'pendingShard' | 'dueAt' | 'expiresAt'>;

/** The execution that takes over a failure, and its limit of attempts. */
export interface Escalation {
  readonly execution: string;
  readonly attemptLimit: number;
}

/** A change that goes to the backup. */
export interface BackupCall {
  readonly dependency: string;
  /** Identifies the announcement. */
  readonly token: string;
  /** End of the call's lease, in epoch milliseconds. */
  readonly until: number;
}

/** A failed change at the backup. */
export interface BackupFailure {
  readonly dependency: string;
  readonly verdict: Verdict;
  readonly statusCode?: number;
}

/** A failure that waits for a human, with its question. */
export type QuestionedEntry = LedgerEntry & { readonly question: Question };

/** A failure whose undo has begun. */
export type Undoing = LedgerEntry & { readonly undo: UndoProgress };

/** An operator's change of an operation. */
export interface OperationEdit {
  /** The failure with the edited operation. */
  readonly failure: Failure;
  /** Number of this edit, from 1. */
  readonly number: number;
  /** JSON Pointers of the changed fields. */
  readonly fields: readonly string[];
  /** JSON text of the patch. */
  readonly text: string;
}

/** The operator who changes a failure, and the reason. */
export interface Who {
  readonly by: string;
  readonly why: string;
}
