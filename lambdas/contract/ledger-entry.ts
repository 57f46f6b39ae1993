import type { ConflictRecord, Question } from './conflict-record.ts';
import type { Failure } from './failure.ts';
import type { FallbackAnswer } from './fallback-answer.ts';
import type { Outcome } from './outcomes.ts';
import type { Priority } from './settings.ts';
import type { UndoProgress } from './undo-progress.ts';
import type { Verdict } from './verdict.ts';

/** `hot`: in the lane's worker. `warm`: in the Recovery machine. */
export type Tier = 'hot' | 'warm';

/**
 * Why nobody knows whether the operation took effect.
 *
 * - `reported`: the caller's own call ended with an unknown result
 * - `attempt`: one of Backstop's calls did
 * - `interrupted`: one of Backstop's calls was cut off, and only the effects table can tell whether it succeeded. Only
 *   earlier versions wrote it
 */
export type Uncertainty = 'reported' | 'attempt' | 'interrupted';

/**
 * What delays a healthy retry. `execution`: an execution of a state machine is still running, so its result is open.
 */
export type HoldReason = 'circuit' | 'retry-budget' | 'execution';

/** One step in a failure's history: time, step name and facts. Never holds payload. */
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

/** Names and opens the item of an operation. */
export interface OperationRef {
  /** A secret: it gives the item its key, and the key of its cipher. Without the entry, nobody can read the item. */
  readonly token: string;
  /** Digest of what it holds. */
  readonly digest: string;
  /** The item is kept until then, in epoch seconds. Never earlier than the end of the entry. */
  readonly until: number;
}

/** An event to publish, stored in the same write as the change that it reports. */
export interface OutboxEntry {
  /** Identical for every publication of one outcome, so that consumers can drop duplicates. */
  readonly eventId: string;
  readonly detailType: string;
  /** JSON text. */
  readonly detail: string;
}

/** Attribute of a ledger item with the failure's id. The item's own key names dependency and tenant too. */
export const FAILURE_ID_ATTRIBUTE = 'failureId';

/** Index of the ledger with unfinished items: partition `pendingShard`, sorted by `dueAt`. */
export const PENDING_INDEX = 'pending';

/** Index of the ledger that finds failures by id: partition `failureId`, sorted by `receivedAt`. */
export const FAILURE_INDEX = 'failure';

/** Index of the ledger with dead letters: partition `deadOf`, sorted by `settledAt`. */
export const DEAD_INDEX = 'dead';

/** A failure in the ledger. All times are RFC 3339 in UTC, so they sort as text. */
export interface LedgerEntry {
  /** Unique within dependency and tenant. */
  readonly id: string;
  readonly correlationId: string;
  readonly dependency: string;
  readonly tenant?: string;
  readonly priority: Priority;
  readonly occurredAt: string;
  readonly receivedAt: string;
  /** Digest of the operation. The same key with another digest is a different failure, and is rejected. */
  readonly fingerprint: string;
  /** Absent once the failure has ended successfully: the ledger drops data that nobody needs. */
  readonly failure?: Failure;
  /**
   * Where the item of the failure is, if the operation is too large for the entry. Such an entry is stored without it.
   */
  readonly operationItem?: OperationRef;
  /** How many times an operator has edited the operation. */
  readonly edited?: number;
  /** Patches of those edits, with the places of masked values that they copy. They may hold payload. */
  readonly edits?: readonly string[];
  /** Number of the redrive cycle; 1 is the first pass. */
  readonly cycle: number;
  /** Cycles that an operator allows, if more than the config does. */
  readonly cyclesAllowed?: number;
  /** Cycle after which the dead letter was parked. */
  readonly parkedAfter?: number;
  readonly state: 'open' | 'settled';
  readonly tier: Tier;
  /** Calls begun in this cycle. */
  readonly attempts: number;
  /** Limit of `attempts` in the current tier. */
  readonly attemptLimit: number;
  readonly verdict: Verdict;
  /** Masked excerpt of the latest error or answer. Only operators and alerts show it. Dropped after a good end. */
  readonly excerpt?: string;
  readonly uncertain?: Uncertainty;
  /** Whether any call, the reported one included, may have changed the dependency. Never reset. */
  readonly possibleEffect?: boolean;
  /** When the first such call was made, or shortly after. Absent in entries of earlier versions. Never reset. */
  readonly possibleEffectAt?: string;
  /** Backup dependency that received the operation, which is a change. Removed if the backup refused it. */
  readonly backupCalled?: string;
  /** Token of the process that announced the call to the backup. */
  readonly backupToken?: string;
  /** After this time the call is over. Absent in entries of earlier versions. */
  readonly backupUntil?: string;
  /** Earliest time of the next call, set by the dependency or by the reason in `held`. */
  readonly notBefore?: string;
  /** Present once a write has lost a race. From then on, Backstop writes only on top of the current state. */
  readonly conflict?: ConflictRecord;
  /** The latest question of this cycle. */
  readonly question?: Question;
  /** Present once the undo has begun. From then on, Backstop never repeats the operation. */
  readonly undo?: UndoProgress;
  readonly held?: HoldReason;
  /** Message that continues the held failure in its lane, and its number among the copies. Other copies are deleted. */
  readonly lane?: { readonly messageId: string; readonly copy: number };
  /** The last execution of a state machine that this failure waited for. */
  readonly awaited?: AwaitedExecution;
  /** Time from which a durable retry, already drawn from the budget, may run. */
  readonly paidFrom?: string;
  /** Backstop stops retrying at this time. */
  readonly deadline: string;
  /** Time at which the dependency's fallback answers, if earlier than the deadline. */
  readonly fallbackAt?: string;
  /** The announced call. After its lease, nobody knows how it ended. */
  readonly inFlight?: Announcement & {
    /** The announcement that this one replaced. It is put back if this call is not made. */
    readonly replaced?: Announcement;
  };
  /** Token of the last completed call. */
  readonly lastToken?: string;
  /** Queue for the failure's dead letter. */
  readonly deadLetterQueueUrl: string;
  /** Name of the newest execution of the Recovery machine. */
  readonly execution?: string;
  /** Executions that the reconciler started in this cycle. */
  readonly rescues: number;
  readonly outcome?: Outcome;
  readonly reason?: string;
  /** The fallback's answer. Present only if the outcome is `degraded`. */
  readonly answer?: FallbackAnswer;
  readonly settledAt?: string;
  /** The dependency, while the failure is a dead letter. Absent in dead letters of earlier versions. */
  readonly deadOf?: string;
  readonly outbox?: OutboxEntry;
  readonly trail: readonly TrailStep[];
  /** Epoch seconds. */
  readonly expiresAt: number;
  /** Present while work remains: the failure is open, or its event is unpublished. */
  readonly pendingShard?: string;
  /** Time at which the reconciler checks for unfinished work. */
  readonly dueAt?: string;
}

/**
 * What only the functions read: the operation, and what may hold parts of it. An operator gets it from the operator
 * function, masked, or revealed on the record.
 */
type Withheld = 'failure' | 'operationItem' | 'edits' | 'answer' | 'outbox';

/** Attributes of a failure's item that operators read. */
const SHOWN = {
  id: true,
  correlationId: true,
  dependency: true,
  tenant: true,
  priority: true,
  occurredAt: true,
  receivedAt: true,
  fingerprint: true,
  edited: true,
  cycle: true,
  cyclesAllowed: true,
  parkedAfter: true,
  state: true,
  tier: true,
  attempts: true,
  attemptLimit: true,
  verdict: true,
  excerpt: true,
  uncertain: true,
  possibleEffect: true,
  possibleEffectAt: true,
  backupCalled: true,
  backupToken: true,
  backupUntil: true,
  notBefore: true,
  conflict: true,
  question: true,
  undo: true,
  held: true,
  lane: true,
  awaited: true,
  paidFrom: true,
  deadline: true,
  fallbackAt: true,
  inFlight: true,
  lastToken: true,
  deadLetterQueueUrl: true,
  execution: true,
  rescues: true,
  outcome: true,
  reason: true,
  settledAt: true,
  deadOf: true,
  trail: true,
  expiresAt: true,
  pendingShard: true,
  dueAt: true,
} as const satisfies Readonly<Record<Exclude<keyof LedgerEntry, Withheld>, true>>;

/** Attributes of a failure's item that operators read. The others may hold the operation. */
export const SHOWN_ATTRIBUTES: readonly string[] = [...Object.keys(SHOWN), FAILURE_ID_ATTRIBUTE];

/** Index of the ledger that groups related failures: partition `correlationId`, sorted by `receivedAt`. */
export const CORRELATION_INDEX = 'correlation';

/** A call before it is sent: its owner's token, and the end of its lease. */
export interface Announcement {
  readonly token: string;
  readonly until: string;
  /**
   * Whether Backstop may repeat the call if its result is unknown, by the settings of its time. Absent in entries of
   * earlier versions.
   */
  readonly repeatable?: boolean;
}

/** A running execution, with its redrive count at that time. */
export interface AwaitedExecution {
  readonly execution: string;
  readonly redrives: number;
  /** The execution is known to have failed since. */
  readonly hasFailed?: boolean;
}
