import type { ConflictRecord, Question } from './conflict-record.ts';
import type { Failure } from './failure.ts';
import type { FallbackAnswer } from './fallback-answer.ts';
import type { Priority } from './settings.ts';
import type { UndoProgress } from './undo-progress.ts';
import type { Verdict } from './verdict.ts';

/** How a failure ends. */
export const OUTCOMES = [
  'recovered',
  'resolved',
  'degraded',
  'compensated',
  'dead-lettered',
  'ignored',
  'discarded',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** `hot`: in the lane's worker. `warm`: in the Recovery machine. */
export type Tier = 'hot' | 'warm';

/**
 * Why nobody knows whether the operation took effect. `reported`: the caller's call ended so. `attempt`: a call of ours did.
 * `interrupted`: a call of ours was cut off, and only the effects table can tell whether it ended.
 */
export type Uncertainty = 'reported' | 'attempt' | 'interrupted';

/**
 * What keeps a failure from being tried although nothing is wrong with it. `execution`: one of a state machine goes on, and nobody
 * knows yet how it ends.
 */
export type HeldBy = 'circuit' | 'retry-budget' | 'execution';

/** One line of the story of a failure: when, what, and facts (never payload). */
export interface TrailStep {
  readonly at: string;
  readonly step:
    | 'received'
    | 'attempt-failed'
    | 'attempt-interrupted'
    | 'held'
    | 'awaited'
    | 'backup-called'
    | 'backup-failed'
    | 'conflict-compared'
    | 'decided'
    | 'undo-begun'
    | 'step-undone'
    | 'undo-failed'
    | 'handed-over'
    | 'rescued'
    | 'redriven'
    | 'parked'
    | 'cycle-allowed'
    | 'edited'
    | 'settled';
  readonly [fact: string]: string | number | undefined;
}

/** An event that waits in the ledger to be published, written together with the change that it tells of. */
export interface OutboxEntry {
  /** The same for every publication of one outcome: consumers recognise a repetition by it. */
  readonly eventId: string;
  readonly detailType: string;
  /** JSON text. */
  readonly detail: string;
}

/** A failure in the ledger. Times are RFC 3339 in UTC, so that they sort as text. */
export interface LedgerEntry {
  readonly id: string;
  readonly correlationId: string;
  readonly dependency: string;
  readonly tenant?: string;
  readonly priority: Priority;
  readonly occurredAt: string;
  readonly receivedAt: string;
  /** Digest of the operation: the same id with another operation is another failure, and is rejected. */
  readonly fingerprint: string;
  /** Absent once the failure has ended well: what is not needed any more is not kept. */
  readonly failure?: Failure;
  /** How often an operator has changed the operation. */
  readonly edited?: number;
  /** The patches by which that was done, as JSON; they may hold payload. */
  readonly edits?: readonly string[];
  /** Counts redrives: 1 for the first way through. */
  readonly cycle: number;
  /** Cycles that an operator has allowed, where the config allows fewer. */
  readonly cyclesAllowed?: number;
  /** Cycle after which its letter was parked. */
  readonly parkedAfter?: number;
  readonly state: 'open' | 'settled';
  readonly tier: Tier;
  /** Calls begun in this cycle. */
  readonly attempts: number;
  /** Calls that this tier may have begun when it ends. */
  readonly attemptLimit: number;
  readonly verdict: Verdict;
  readonly uncertain?: Uncertainty;
  /** A call, the reported one included, may have changed something at the dependency. Never taken back. */
  readonly possibleEffect?: boolean;
  /** Backup that the operation, a change, was sent to; absent again where it refused. */
  readonly backupCalled?: string;
  /** No call is made before this time: the dependency asked for it, or what `held` names. */
  readonly notBefore?: string;
  /** There once a write has lost a race: from then on it is made only upon the state that stands. */
  readonly conflict?: ConflictRecord;
  /** The latest question of this cycle. */
  readonly question?: Question;
  /** There once completed steps are being undone: from then on the operation is not made any more. */
  readonly undo?: UndoProgress;
  readonly held?: HeldBy;
  /** The execution of a state machine that was waited for last. */
  readonly awaited?: Awaited;
  /** A durable retry is paid for, and may be made from then on. */
  readonly paidFrom?: string;
  /** After this time nothing more is tried. */
  readonly deadline: string;
  /** When its dependency's fallback is to answer, where that is before the deadline. */
  readonly fallbackAt?: string;
  /** A call under way: whose it is, and when it must have ended. */
  readonly inFlight?: { readonly token: string; readonly until: string };
  /** Token of the call that ended last. */
  readonly lastToken?: string;
  /** Where its dead letter goes. */
  readonly deadLetterQueueUrl: string;
  /** Name of the latest execution of the Recovery machine. */
  readonly execution?: string;
  /** Executions started by the reconciler in this cycle. */
  readonly rescues: number;
  readonly outcome?: Outcome;
  readonly reason?: string;
  /** What a fallback answered, where the outcome is `degraded`. */
  readonly answer?: FallbackAnswer;
  readonly settledAt?: string;
  readonly outbox?: OutboxEntry;
  readonly trail: readonly TrailStep[];
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Present while something is left to do: open, or an event not yet published. */
  readonly pendingShard?: string;
  /** When the reconciler looks whether it was done. */
  readonly dueAt?: string;
}

/** Index of the ledger that finds what belongs together: partition `correlationId`, sorted by `receivedAt`. */
export const CORRELATION_INDEX = 'correlation';

/** An execution that goes on, and how often it has been redriven by then. */
export interface Awaited {
  readonly execution: string;
  readonly redrives: number;
  /** It has failed since, and that is known. */
  readonly hasFailed?: boolean;
}
