import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { fromItem } from '../../../lambdas/adapters/ledger/ledger-item.ts';
import { asFailureKey, type FailureKey } from '../../../lambdas/contract/failure-key.ts';
import { OPERATION_INFIX } from '../../../lambdas/contract/item-keys.ts';
import { type LedgerEntry, PENDING_INDEX } from '../../../lambdas/contract/ledger-entry.ts';
import type { EffectRecord } from '../../../lambdas/domain/ledger/effect-transitions.ts';
import { MemoryTables } from '../../dynamodb/memory-tables.ts';
import type { Entries, OnWrite } from './memory-entries.ts';

export const LEDGER = 'ledger';
export const EFFECTS = 'effects';

interface Command {
  readonly input: {
    readonly TableName?: string;
    readonly Key?: Readonly<Record<string, AttributeValue>>;
    readonly Item?: Readonly<Record<string, AttributeValue>>;
  };
}

interface ItemTablesOptions {
  readonly onWrite: OnWrite;
  /** Sees the first success of each record of the effects table. */
  readonly onSuccess: (id: string) => void;
}

/** Sends a command over the network, under a name that the table's user gives it. */
type Send = <T>(act: () => T, isWrite: boolean) => Promise<T>;

/**
 * Ledger and effects table as items, which DynamoDB's own expressions change. The project's adapters write them, so
 * that a wrong expression breaks a promise.
 */
export class ItemTables implements Entries {
  readonly #tables = new MemoryTables([
    { name: LEDGER, indexes: { [PENDING_INDEX]: { hash: 'pendingShard', range: 'dueAt' } } },
    { name: EFFECTS, indexes: {} },
  ]);
  /** The entries as the adapter reads them. */
  readonly #entries = new Map<FailureKey, LedgerEntry>();
  readonly #options: ItemTablesOptions;

  constructor(options: ItemTablesOptions) {
    this.#options = options;
  }

  get all(): Iterable<LedgerEntry> {
    return this.#entries.values();
  }

  get(key: FailureKey): LedgerEntry | undefined {
    return this.#entries.get(key);
  }

  /** A client of one process. */
  client(send: Send): DynamoDBClient {
    const sendCommand = (command: Command) =>
      send(() => this.#perform(command), /^(?:Put|Update|Delete)/.test(command.constructor.name));
    return { send: sendCommand } as unknown as DynamoDBClient;
  }

  #perform(command: Command): object {
    const output = this.#tables.perform(command);
    const { TableName, Key, Item = Key } = command.input;
    const id = Item?.id?.S;
    const isWrite = /^(?:Put|Update|Delete)/.test(command.constructor.name);
    if (id !== undefined && isWrite) this.#noticeWrite(TableName, id);
    return output;
  }

  #noticeWrite(table: string | undefined, id: string): void {
    const item = this.#tables.itemOf(table ?? '', id);
    if (table === EFFECTS) {
      const status: EffectRecord['status'] = 'COMPLETED';
      if (item?.status?.S === status) this.#options.onSuccess(id);
      return;
    }
    // Nothing looks at the items of operations but those who call.
    if (!item || id.includes(OPERATION_INFIX)) return;
    const key = asFailureKey(id);
    const before = this.#entries.get(key);
    const { write1, write2, write3, write4, ...attributes } = item;
    const after = fromItem(attributes);
    this.#entries.set(key, after);
    this.#options.onWrite(after, before);
  }
}
