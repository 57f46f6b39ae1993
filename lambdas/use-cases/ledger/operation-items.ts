import { hash } from 'node:crypto';
import type { Failure } from '../../contract/failure.ts';
import { type FailureKey, failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry, OperationRef } from '../../contract/ledger-entry.ts';
import { readFailure, writeFailure } from '../../domain/boundary/failure-json.ts';
import { is } from '../../domain/ledger/check.ts';
import { expiryOf, type Transition } from '../../domain/ledger/transition.ts';

/** A table of large operations, each in an item of its own. */
export interface OperationTable {
  /** Stores the text of a failure, or stores the same text again for longer. */
  put(key: FailureKey, ref: OperationRef, text: string): Promise<void>;
  /** The text; undefined if there is no such item. */
  get(key: FailureKey, ref: OperationRef): Promise<string | undefined>;
}

export interface OperationItemsOptions {
  readonly table: OperationTable;
  /** Bytes of a failure from which it gets an item of its own. */
  readonly fromBytes: number;
}

interface Times {
  readonly now: () => number;
  readonly retentionMs: number;
  readonly newToken: () => string;
}

/**
 * Keeps large operations out of the entries, so that a change of state does not pay for them again.
 *
 * An item is written before the entry that names it, and holds one operation for ever. A crash in between leaves an
 * item that nobody can name, and that expires. An edit writes another item, and one conditional write lets the entry
 * name it.
 */
export class OperationItems {
  readonly #options: OperationItemsOptions | undefined;
  readonly #times: Times;

  /** @param options of the items. @default - entries hold all operations themselves, and no item can be read */
  constructor(options: OperationItemsOptions | undefined, times: Times) {
    this.#options = options;
    this.#times = times;
  }

  isLarge(failure: Failure | undefined): boolean {
    return failure !== undefined && this.#largeText(failure) !== undefined;
  }

  /** Stores the operation of a new entry, if it is large. Returns the entry to store. */
  async storedApart(entry: LedgerEntry): Promise<LedgerEntry> {
    const operationItem = entry.failure && (await this.#store(failureKey(entry), entry.failure));
    if (!operationItem) return entry;
    const { failure: _, ...facts } = entry;
    return { ...facts, operationItem };
  }

  /** Stores the operation that a transition sets, if it is large. Lets an item live as long as the entry. */
  async transitionApart(entry: LedgerEntry, transition: Transition): Promise<Transition> {
    const { set: { failure, ...set } = {}, remove = [], condition } = transition;
    if (failure) {
      const operationItem = await this.#store(failureKey(entry), failure);
      if (operationItem) return { ...transition, set: { ...set, operationItem }, remove: [...remove, 'failure'] };
      return { ...transition, remove: [...remove, 'operationItem'] };
    }
    const { operationItem } = entry;
    const isKept = operationItem && !remove.includes('operationItem');
    if (!isKept || !entry.failure || (set.expiresAt ?? 0) <= operationItem.until) return transition;
    const renewed = await this.#store(failureKey(entry), entry.failure, operationItem.token);
    // After an edit, the entry names another item.
    const isSame = is('operationItem.token', operationItem.token);
    return { ...transition, set: { ...set, operationItem: renewed }, condition: [...condition, isSame] };
  }

  /**
   * The entry with its operation; without one if the item is missing, so that it can still end.
   *
   * @param known an entry whose operation is used if it is the same
   * @returns undefined if the entry has expired, and its operation is gone already
   */
  async whole(stored: LedgerEntry, known?: LedgerEntry): Promise<LedgerEntry | undefined> {
    const { operationItem, expiresAt } = stored;
    if (!operationItem) return stored;
    if (known && this.#isSame(known, operationItem)) return { ...stored, failure: known.failure };
    const text = await this.#options?.table.get(failureKey(stored), operationItem);
    if (text !== undefined) return { ...stored, failure: readFailure(text) };
    return expiresAt * 1_000 <= this.#times.now() ? undefined : stored;
  }

  #isSame({ failure, operationItem }: LedgerEntry, { token, digest }: OperationRef): boolean {
    if (operationItem) return operationItem.token === token;
    return failure !== undefined && digestOf(writeFailure(failure)) === digest;
  }

  async #store(key: FailureKey, failure: Failure, known?: string): Promise<OperationRef | undefined> {
    const text = known === undefined ? this.#largeText(failure) : writeFailure(failure);
    if (text === undefined) return undefined;
    const { now, retentionMs, newToken } = this.#times;
    // Twice as long as an entry, so that most entries end before the item must be stored again.
    const until = expiryOf({ now: now(), retentionMs: 2 * retentionMs });
    const ref = { token: known ?? newToken(), digest: digestOf(text), until };
    await this.#options?.table.put(key, ref, text);
    return ref;
  }

  #largeText(failure: Failure): string | undefined {
    if (!this.#options) return undefined;
    const text = writeFailure(failure);
    return Buffer.byteLength(text) < this.#options.fromBytes ? undefined : text;
  }
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}
