import type { Answer, ConflictRecord } from '../../contract/conflict-record.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Clock } from '../../contract/time.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';
import * as attempt from '../../domain/ledger/attempt-transitions.ts';
import * as backup from '../../domain/ledger/backup-transitions.ts';
import * as deadLetter from '../../domain/ledger/dead-letter-transitions.ts';
import type {
  BackupFailure,
  CallFailure,
  CallLease,
  Escalation,
  Hold,
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

/** A table of entries. It executes transitions and knows none of them. */
export interface EntryTable {
  /** Reads consistently. */
  get(id: string): Promise<LedgerEntry | undefined>;
  /** Stores a new entry. False if the id is taken. */
  insert(entry: LedgerEntry): Promise<boolean>;
  /** Makes one conditional write. Returns the entry after it; undefined if the condition does not hold. */
  write(id: string, transition: Transition): Promise<LedgerEntry | undefined>;
  /** Ids of at most `limit` entries of a shard that were due before `now`, the longest overdue first. */
  due(shard: string, now: number, limit: number): Promise<readonly string[]>;
}

export interface LedgerStoreOptions extends Omit<WriteTimes, 'now'> {
  readonly now: Clock;
  /** Creates a text that differs each time. */
  readonly newToken: () => string;
}

/**
 * The ledger on a table of entries. After a failed condition it reads the entry, because the write that came in between
 * may be its own, with a lost answer.
 */
export class LedgerStore implements Ledger {
  readonly #table: EntryTable;
  readonly #options: LedgerStoreOptions;

  constructor(table: EntryTable, options: LedgerStoreOptions) {
    this.#table = table;
    this.#options = options;
  }

  get now(): number {
    return this.#options.now();
  }

  get(id: string): Promise<LedgerEntry | undefined> {
    return this.#table.get(id);
  }

  due(shard: string, limit: number): Promise<readonly string[]> {
    return this.#table.due(shard, this.now, limit);
  }

  async claim(entry: NewEntry): Promise<LedgerEntry> {
    const claimed = recovery.claim(entry, this.#times);
    return (await this.#table.insert(claimed)) ? claimed : this.#mustGet(entry.id);
  }

  beginAttempt(entry: LedgerEntry, lease: CallLease): Promise<LedgerEntry | undefined> {
    const isOwn = ({ inFlight }: LedgerEntry) => inFlight?.token === lease.token;
    return this.#writeOnce(entry, attempt.beginAttempt(entry, lease, this.#times), isOwn);
  }

  recordFailedAttempt(entry: LedgerEntry, failure: CallFailure): Promise<LedgerEntry | undefined> {
    return this.#endAttempt(entry, attempt.recordFailedAttempt(entry, failure, this.#times));
  }

  withdrawAttempt(entry: LedgerEntry): Promise<LedgerEntry | undefined> {
    return this.#endAttempt(entry, attempt.withdrawAttempt(entry));
  }

  suspendAttempt(entry: LedgerEntry): Promise<LedgerEntry | undefined> {
    return this.#endAttempt(entry, attempt.suspendAttempt(entry));
  }

  recordResolution(entry: LedgerEntry, conflict: ConflictRecord): Promise<LedgerEntry> {
    return this.#writeOrRead(entry, attempt.recordResolution(entry, conflict, this.#times));
  }

  hold(entry: LedgerEntry, hold: Hold): Promise<LedgerEntry> {
    return this.#writeOrRead(entry, attempt.hold(entry, hold, this.#times));
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

  async clearOutbox(id: string, eventId: string): Promise<void> {
    await this.#table.write(id, recovery.clearOutbox(eventId));
  }

  async postpone(entry: LedgerEntry): Promise<void> {
    const { dueAt } = entry;
    if (dueAt !== undefined) await this.#table.write(entry.id, recovery.postpone({ ...entry, dueAt }, this.#times));
  }

  beginUndo(entry: LedgerEntry, progress: Omit<UndoProgress, 'version'>): Promise<LedgerEntry | undefined> {
    const version = this.#options.newToken();
    return this.#writeUndo(entry, undoing.beginUndo(entry, { ...progress, version }, this.#times), version);
  }

  recordUndoStep(entry: Undoing, index: number, step: StepProgress): Promise<LedgerEntry | undefined> {
    const version = this.#options.newToken();
    return this.#writeUndo(entry, undoing.recordUndoStep(entry, { index, step, version }, this.#times), version);
  }

  announceBackupCall(entry: LedgerEntry, dependency: string): Promise<boolean> {
    return this.#wrote(entry, backup.announceBackupCall(entry, dependency, this.#times));
  }

  withdrawBackupCall(entry: LedgerEntry, dependency: string): Promise<boolean> {
    return this.#wrote(entry, backup.withdrawBackupCall(entry, dependency));
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
    return (await this.#table.write(entry.id, deadLetter.allowCycle(entry, who, this.#times)))?.cyclesAllowed;
  }

  get #times(): WriteTimes {
    return { ...this.#options, now: this.now };
  }

  #endAttempt(entry: LedgerEntry, transition: Transition): Promise<LedgerEntry | undefined> {
    const { inFlight } = entry;
    return this.#writeOnce(
      entry,
      transition,
      ({ lastToken }) => inFlight !== undefined && lastToken === inFlight.token,
    );
  }

  #writeUndo(entry: LedgerEntry, transition: Transition, version: string): Promise<LedgerEntry | undefined> {
    return this.#writeOnce(entry, transition, ({ undo }) => undo?.version === version);
  }

  /** Recognizes an own write whose answer was lost. */
  async #writeOnce(
    { id }: LedgerEntry,
    transition: Transition,
    isOwn: (current: LedgerEntry) => boolean,
  ): Promise<LedgerEntry | undefined> {
    const written = await this.#table.write(id, transition);
    if (written) return written;
    const current = await this.get(id);
    return current && isOwn(current) ? current : undefined;
  }

  async #writeOrRead({ id }: LedgerEntry, transition: Transition): Promise<LedgerEntry> {
    return (await this.#table.write(id, transition)) ?? this.#mustGet(id);
  }

  async #wrote({ id }: LedgerEntry, transition: Transition): Promise<boolean> {
    return (await this.#table.write(id, transition)) !== undefined;
  }

  async #mustGet(id: string): Promise<LedgerEntry> {
    const entry = await this.get(id);
    if (!entry) throw new Error('the entry is no longer in the ledger');
    return entry;
  }
}
