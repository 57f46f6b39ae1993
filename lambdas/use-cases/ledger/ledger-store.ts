import type { Answer, ConflictRecord } from '../../contract/conflict-record.ts';
import { type FailureKey, failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Clock } from '../../contract/time.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';
import * as attempt from '../../domain/ledger/attempt-transitions.ts';
import * as backup from '../../domain/ledger/backup-transitions.ts';
import * as deadLetter from '../../domain/ledger/dead-letter-transitions.ts';
import * as lane from '../../domain/ledger/lane-transitions.ts';
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
import * as question from '../../domain/ledger/question-transitions.ts';
import * as recovery from '../../domain/ledger/recovery-transitions.ts';
import type { Transition, WriteTimes } from '../../domain/ledger/transition.ts';
import * as undoing from '../../domain/ledger/undo-transitions.ts';
import type { Ledger } from './ledger.ts';
import { OperationItems, type OperationItemsOptions } from './operation-items.ts';

/** A table of entries. It executes transitions and knows none of them. */
export interface EntryTable {
  /** Reads consistently. */
  get(key: FailureKey): Promise<LedgerEntry | undefined>;
  /** Stores a new entry under its key. True even if the answer is lost. False if the key is taken. */
  insert(entry: LedgerEntry): Promise<boolean>;
  /**
   * Makes one conditional write, which takes effect at most once. Returns the entry after it, even if the answer is
   * lost. Undefined if the condition does not hold. Other writers may have changed the entry in between.
   */
  write(key: FailureKey, transition: Transition): Promise<LedgerEntry | undefined>;
  /** Keys of at most `limit` entries of a shard that were due before `now`, the longest overdue first. */
  due(shard: string, now: number, limit: number): Promise<readonly FailureKey[]>;
}

export interface LedgerStoreOptions extends Omit<WriteTimes, 'now'> {
  readonly now: Clock;
  /** Creates a text that differs each time. */
  readonly newToken: () => string;
  /** Where large operations are kept. @default - in their entries */
  readonly operations?: OperationItemsOptions | undefined;
}

/** The ledger on a table of entries. */
export class LedgerStore implements Ledger {
  readonly #table: EntryTable;
  readonly #options: LedgerStoreOptions;
  readonly #operations: OperationItems;

  constructor(table: EntryTable, options: LedgerStoreOptions) {
    this.#table = table;
    this.#options = options;
    this.#operations = new OperationItems(options.operations, options);
  }

  get now(): number {
    return this.#options.now();
  }

  async get(key: FailureKey): Promise<LedgerEntry | undefined> {
    const stored = await this.#table.get(key);
    return stored && this.#operations.whole(stored);
  }

  due(shard: string, limit: number): Promise<readonly FailureKey[]> {
    return this.#table.due(shard, this.now, limit);
  }

  async claim(entry: NewEntry): Promise<LedgerEntry> {
    const claimed = recovery.claim(entry, this.#times);
    const key = failureKey(entry);
    // A message comes back while its failure is held. Its operation must not be stored each time.
    const known = this.#operations.isLarge(claimed.failure) ? await this.#table.get(key) : undefined;
    const before = known && (await this.#operations.whole(known, claimed));
    if (before) return before;
    const stored = await this.#operations.storedApart(claimed);
    return (await this.#table.insert(stored)) ? { ...stored, failure: claimed.failure } : this.#mustGet(key);
  }

  beginAttempt(entry: LedgerEntry, lease: CallLease): Promise<LedgerEntry | undefined> {
    const stands = ({ inFlight }: LedgerEntry) => inFlight?.token === lease.token;
    return this.#writeWhile(stands, entry, attempt.beginAttempt(entry, lease, this.#times));
  }

  recordFailedAttempt(entry: LedgerEntry, failure: CallFailure): Promise<LedgerEntry | undefined> {
    return this.#change(entry, attempt.recordFailedAttempt(entry, failure, this.#times));
  }

  withdrawAttempt(entry: LedgerEntry): Promise<LedgerEntry | undefined> {
    return this.#change(entry, attempt.withdrawAttempt(entry));
  }

  suspendAttempt(entry: LedgerEntry): Promise<LedgerEntry | undefined> {
    return this.#change(entry, attempt.suspendAttempt(entry));
  }

  recordResolution(entry: LedgerEntry, conflict: ConflictRecord): Promise<LedgerEntry> {
    return this.#writeOrRead(entry, attempt.recordResolution(entry, conflict, this.#times));
  }

  hold(entry: LedgerEntry, hold: Hold): Promise<LedgerEntry> {
    return this.#writeOrRead(entry, attempt.hold(entry, hold, this.#times));
  }

  passOn(entry: LedgerEntry, message: LaneMessage): Promise<boolean> {
    return this.#wrote(entry, lane.passOn(entry, message));
  }

  escalateToWorkflow(entry: LedgerEntry, change: Escalation): Promise<LedgerEntry> {
    return this.#writeOrRead(entry, recovery.escalateToWorkflow(entry, change, this.#times));
  }

  rescue(entry: LedgerEntry, execution: string): Promise<LedgerEntry> {
    return this.#writeOrRead(entry, recovery.rescue(entry, execution, this.#times));
  }

  settle(entry: LedgerEntry, settlement: Settlement): Promise<LedgerEntry> {
    return this.#writeOrRead(entry, recovery.settle(entry, settlement, this.#times));
  }

  async clearOutbox(key: FailureKey, eventId: string): Promise<void> {
    await this.#table.write(key, recovery.clearOutbox(eventId));
  }

  async postpone(entry: LedgerEntry, key: FailureKey = failureKey(entry)): Promise<void> {
    const { dueAt } = entry;
    if (dueAt === undefined) return;
    const postponed = recovery.postpone({ ...entry, dueAt }, this.#times);
    await this.#table.write(key, await this.#operations.transitionApart(entry, postponed));
  }

  beginUndo(entry: LedgerEntry, progress: Omit<UndoProgress, 'version'>): Promise<LedgerEntry | undefined> {
    const version = this.#options.newToken();
    return this.#writeUndo(entry, undoing.beginUndo(entry, { ...progress, version }, this.#times), version);
  }

  recordUndoStep(entry: Undoing, index: number, step: StepProgress): Promise<LedgerEntry | undefined> {
    const version = this.#options.newToken();
    return this.#writeUndo(entry, undoing.recordUndoStep(entry, { index, step, version }, this.#times), version);
  }

  async announceBackupCall(entry: LedgerEntry, call: BackupCall): Promise<LedgerEntry | undefined> {
    const stands = ({ backupToken }: LedgerEntry) => backupToken === call.token;
    try {
      return await this.#writeWhile(stands, entry, backup.announceBackupCall(entry, call, this.#times));
    } catch (error) {
      // The caller makes no call after this, so the announcement must not stay if the write did take effect.
      const announced = { ...entry, backupCalled: call.dependency, backupToken: call.token };
      await this.withdrawBackupCall(announced).catch(() => undefined);
      throw error;
    }
  }

  withdrawBackupCall(entry: LedgerEntry): Promise<boolean> {
    return this.#wrote(entry, backup.withdrawBackupCall(entry));
  }

  recordBackupFailure(entry: LedgerEntry, failure: BackupFailure): Promise<boolean> {
    return this.#wrote(entry, backup.recordBackupFailure(entry, failure, this.#times));
  }

  delayAttempt(entry: LedgerEntry, until: number): Promise<boolean> {
    return this.#wrote(entry, backup.delayAttempt(entry, until));
  }

  storeTaskToken(entry: QuestionedEntry, token: string): Promise<boolean> {
    return this.#wrote(entry, question.storeTaskToken(entry, token, this.#times));
  }

  recordAnswer(entry: QuestionedEntry, answer: Answer): Promise<boolean> {
    return this.#wrote(entry, question.recordAnswer(entry, answer, this.#times));
  }

  reopen(entry: LedgerEntry, reopening: Reopening): Promise<LedgerEntry> {
    return this.#writeOrRead(entry, deadLetter.reopen(entry, reopening, this.#times));
  }

  editOperation(entry: LedgerEntry, edit: OperationEdit, who: Who): Promise<boolean> {
    return this.#wrote(entry, deadLetter.editOperation(entry, edit, who, this.#times));
  }

  discard(entry: LedgerEntry, who: Who): Promise<boolean> {
    return this.#wrote(entry, deadLetter.discard(entry, who, this.#times));
  }

  park(entry: LedgerEntry): Promise<boolean> {
    return this.#wrote(entry, deadLetter.park(entry, this.#times));
  }

  async allowCycle(entry: LedgerEntry, who: Who): Promise<number | undefined> {
    return (await this.#write(entry, deadLetter.allowCycle(entry, who, this.#times)))?.cyclesAllowed;
  }

  get #times(): WriteTimes {
    return { ...this.#options, now: this.now };
  }

  #writeUndo(entry: LedgerEntry, transition: Transition, version: string): Promise<LedgerEntry | undefined> {
    return this.#writeWhile(({ undo }) => undo?.version === version, entry, transition);
  }

  /** Writes what allows a call. Undefined also if another writer has ended that since, while the answer was lost. */
  async #writeWhile(
    stands: (current: LedgerEntry) => boolean,
    entry: LedgerEntry,
    transition: Transition,
  ): Promise<LedgerEntry | undefined> {
    const written = await this.#change(entry, transition);
    return written && stands(written) ? written : undefined;
  }

  async #writeOrRead(entry: LedgerEntry, transition: Transition): Promise<LedgerEntry> {
    return (await this.#change(entry, transition)) ?? this.#mustGet(failureKey(entry));
  }

  async #wrote(entry: LedgerEntry, transition: Transition): Promise<boolean> {
    return (await this.#write(entry, transition)) !== undefined;
  }

  /** Writes, and returns the entry after the write with its operation. */
  async #change(entry: LedgerEntry, transition: Transition): Promise<LedgerEntry | undefined> {
    const written = await this.#write(entry, transition);
    return written && this.#operations.whole(written, entry);
  }

  /** Writes, and returns the entry after the write as it is stored. */
  async #write(entry: LedgerEntry, transition: Transition): Promise<LedgerEntry | undefined> {
    return this.#table.write(failureKey(entry), await this.#operations.transitionApart(entry, transition));
  }

  async #mustGet(key: FailureKey): Promise<LedgerEntry> {
    const entry = await this.get(key);
    if (!entry) throw new Error('the entry is no longer in the ledger');
    return entry;
  }
}
