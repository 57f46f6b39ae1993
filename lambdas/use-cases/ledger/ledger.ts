import type { Answer, ConflictRecord } from '../../contract/conflict-record.ts';
import type { FailureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';
import type {
  BackupCall,
  BackupFailure,
  CallFailure,
  CallLease,
  Escalation,
  Hold,
  LaneMessage,
  NewEntry,
  OperationEdit,
  QuestionedEntry,
  Reopening,
  Settlement,
  Undoing,
  Who,
} from '../../domain/ledger/ledger-changes.ts';

/**
 * The state of every failure: one entry each, and one method per transition. Each method makes one conditional write.
 * What it writes, and when, is in `domain/ledger/*-transitions.ts`.
 *
 * - A method that returns an entry returns the entry after the write, even if another writer changed it first.
 * - A method that may return undefined does so if another writer changed the entry first.
 * - A method that returns a boolean returns whether it wrote.
 */
export interface Ledger extends LedgerReads, AttemptRecords, RecoveryRecords, UndoRecords, BackupRecords {
  /** Stores the task token by which the answer wakes the execution. */
  storeTaskToken(entry: QuestionedEntry, token: string): Promise<boolean>;
  /** Stores a human's decision, once, and only before the question expires. */
  recordAnswer(entry: QuestionedEntry, answer: Answer): Promise<boolean>;
  /** Reopens a dead-lettered failure for another cycle. */
  reopen(entry: LedgerEntry, reopening: Reopening): Promise<LedgerEntry>;
  /** Stores an edited operation of a dead-lettered failure. */
  editOperation(entry: LedgerEntry, edit: OperationEdit, who: Who): Promise<boolean>;
  /** Settles a dead-lettered failure as `discarded`, with its event. False also if its last event is unpublished. */
  discard(entry: LedgerEntry, who: Who): Promise<boolean>;
  /** Records that the dead letter is parked. False if it was parked before in this cycle. */
  park(entry: LedgerEntry): Promise<boolean>;
  /** Allows a dead-lettered failure one more cycle. Returns the cycles allowed in all; undefined if it has changed. */
  allowCycle(entry: LedgerEntry, who: Who): Promise<number | undefined>;
}

interface LedgerReads {
  /** Epoch milliseconds. */
  readonly now: number;
  get(key: FailureKey): Promise<LedgerEntry | undefined>;
  /** Keys of at most `limit` overdue entries of a shard, the longest overdue first. */
  due(shard: string, limit: number): Promise<readonly FailureKey[]>;
}

interface AttemptRecords {
  /** Announces a call before it is sent. Undefined also if another call is in flight. */
  beginAttempt(entry: LedgerEntry, lease: CallLease): Promise<LedgerEntry | undefined>;
  /** Records how a call failed. */
  recordFailedAttempt(entry: LedgerEntry, failure: CallFailure): Promise<LedgerEntry | undefined>;
  /** Withdraws the announcement of a call that was not made, and puts back the one that it replaced. */
  withdrawAttempt(entry: LedgerEntry): Promise<LedgerEntry | undefined>;
  /** Ends an attempt that found an execution still running. It costs no attempt. */
  suspendAttempt(entry: LedgerEntry): Promise<LedgerEntry | undefined>;
  /** Records how a conflict was resolved, before the outcome. */
  recordResolution(entry: LedgerEntry, conflict: ConflictRecord): Promise<LedgerEntry>;
  /**
   * Records that no call is made before `until`, because of the shared circuit, the retry budget, or a running
   * execution. The trail gets the first of consecutive holds only, and each execution.
   */
  hold(entry: LedgerEntry, hold: Hold): Promise<LedgerEntry>;
  /** Makes a message the one that continues a held failure in its lane. False if another one does. */
  passOn(entry: LedgerEntry, message: LaneMessage): Promise<boolean>;
}

interface RecoveryRecords {
  /** Stores a new failure, unless the ledger has its key. Returns the entry that has the key now. */
  claim(entry: NewEntry): Promise<LedgerEntry>;
  /** Moves the failure to the warm tier, under the name of its execution. */
  escalateToWorkflow(entry: LedgerEntry, change: Escalation): Promise<LedgerEntry>;
  /** Records that another execution takes over from one that ended without an outcome. */
  rescue(entry: LedgerEntry, execution: string): Promise<LedgerEntry>;
  /** Records the outcome of the cycle together with its event. The first outcome stands. */
  settle(entry: LedgerEntry, settlement: Settlement): Promise<LedgerEntry>;
  /** Clears the outbox after its event was published, unless it holds another event. */
  clearOutbox(key: FailureKey, eventId: string): Promise<void>;
  /**
   * Postpones the time at which the reconciler checks an entry again.
   *
   * @param key of the item, which may be no failure. @default - that of the failure
   */
  postpone(entry: LedgerEntry, key?: FailureKey): Promise<void>;
}

interface UndoRecords {
  /** Records that the undo has begun or resumed. From then on nothing attempts the operation. */
  beginUndo(entry: LedgerEntry, undo: Omit<UndoProgress, 'version'>): Promise<LedgerEntry | undefined>;
  /** Records the progress of a step. Once the step is done or failed, the trail says so too. */
  recordUndoStep(entry: Undoing, index: number, step: StepProgress): Promise<LedgerEntry | undefined>;
}

interface BackupRecords {
  /**
   * Announces a change before it goes to the backup. From then on it may have taken effect there, so nothing may make
   * it elsewhere, not even after a redrive.
   */
  announceBackupCall(entry: LedgerEntry, call: BackupCall): Promise<LedgerEntry | undefined>;
  /** Withdraws the announcement of a change that was not sent. */
  withdrawBackupCall(entry: LedgerEntry): Promise<boolean>;
  /** Records that the backup failed too. Withdraws the announcement if that call had no effect. */
  recordBackupFailure(entry: LedgerEntry, failure: BackupFailure): Promise<boolean>;
  /** Makes no call before `until`, in epoch milliseconds, because the fallback has no answer yet. */
  delayAttempt(entry: LedgerEntry, until: number): Promise<boolean>;
}
