import type { ConflictRecord } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { CallFailure, CallLease, Hold, Reopening, Settlement } from '../../domain/ledger/ledger-changes.ts';

/**
 * The state of every failure: one entry each, and one conditional write per change. A method that returns an entry
 * returns the entry after the write, even if another writer changed it first.
 */
export interface Ledger {
  /** Epoch milliseconds. */
  readonly now: number;
  get(id: string): Promise<LedgerEntry | undefined>;
  /** Stores a new failure, unless the ledger has its id. Returns the entry that has the id now. */
  claim(entry: Omit<LedgerEntry, 'pendingShard' | 'dueAt' | 'expiresAt'>): Promise<LedgerEntry>;
  /** Announces a call before it is sent. Undefined if another call is in flight, or the failure has changed. */
  beginAttempt(entry: LedgerEntry, begin: CallLease): Promise<LedgerEntry | undefined>;
  /** Records how a call failed. Undefined if the failure has changed. */
  recordFailedAttempt(entry: LedgerEntry, lesson: CallFailure): Promise<LedgerEntry | undefined>;
  /** Records how a conflict was resolved, before the outcome. */
  recordResolution(entry: LedgerEntry, conflict: ConflictRecord): Promise<LedgerEntry>;
  /** Withdraws the announcement of a call that was not made. */
  withdrawAttempt(entry: LedgerEntry): Promise<LedgerEntry | undefined>;
  /** Records until when no call is made. */
  hold(entry: LedgerEntry, hold: Hold): Promise<LedgerEntry>;
  /** Moves the failure to the warm tier, under the name of its execution. */
  escalateToWorkflow(entry: LedgerEntry, change: { execution: string; attemptLimit: number }): Promise<LedgerEntry>;
  /** Records that another execution takes over from one that ended without an outcome. */
  rescue(entry: LedgerEntry, execution: string): Promise<LedgerEntry>;
  /** Records the outcome of the cycle together with its event. The first outcome stands. */
  settle(entry: LedgerEntry, settlement: Settlement): Promise<LedgerEntry>;
  /** Reopens a dead-lettered failure for another cycle. */
  reopen(entry: LedgerEntry, reopening: Reopening): Promise<LedgerEntry>;
  /** Clears the outbox after its event was published. */
  clearOutbox(id: string, eventId: string): Promise<void>;
  /** Postpones the time at which the reconciler checks an entry again. */
  postpone(entry: LedgerEntry): Promise<void>;
  /** Ids of at most `limit` overdue entries of a shard, the longest overdue first. */
  due(shard: string, limit: number): Promise<string[]>;
}
