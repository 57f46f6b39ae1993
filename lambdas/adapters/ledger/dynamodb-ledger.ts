import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { asFailureKey } from '../../contract/failure-key.ts';
import { PENDING_INDEX } from '../../contract/ledger-entry.ts';
import { DEFAULT_RETENTION_MS, LARGE_OPERATION_BYTES } from '../../contract/limits.ts';
import { iso } from '../../contract/time.ts';
import { isAbsent } from '../../domain/ledger/check.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { type EntryTable, LedgerStore } from '../../use-cases/ledger/ledger-store.ts';
import { env, envNumber } from '../environment.ts';
import { putItem, readItem, updateItem } from '../own-write.ts';
import type { Table, TimedTable } from '../table.ts';
import { attributesOf, fromItem, toAttributes, toItem } from './ledger-item.ts';
import { dynamoDBOperations } from './operation-items.ts';
import { putCondition, updateExpression } from './update-expression.ts';

export interface LedgerOptions extends TimedTable {
  /** How long after its last change the reconciler checks an unfinished entry, in milliseconds. */
  readonly reconcileAfterMs: number;
  /** How long an entry is kept after its last change of state, in milliseconds. @default DEFAULT_RETENTION_MS */
  readonly retentionMs?: number;
  /** Whether a new large operation gets an item of its own. Those that have one are read in any case. @default false */
  readonly separates?: boolean;
}

/**
 * Ledger in DynamoDB, one item per failure, and one more for a large operation. Each transition is one conditional
 * write.
 */
export class DynamoDBLedger extends LedgerStore {
  constructor(options: LedgerOptions) {
    const {
      reconcileAfterMs,
      retentionMs = DEFAULT_RETENTION_MS,
      now = Date.now,
      separates = false,
      ...table
    } = options;
    const fromBytes = separates ? LARGE_OPERATION_BYTES : Number.POSITIVE_INFINITY;
    const operations = { table: dynamoDBOperations(table), fromBytes };
    super(dynamoDBEntries(table), { reconcileAfterMs, retentionMs, now, newToken: randomUUID, operations });
  }
}

/** Opens the ledger that the function's environment names. */
export function openLedger(client: Table['client']): Ledger {
  return new DynamoDBLedger({
    client,
    table: env('LEDGER_TABLE'),
    reconcileAfterMs: envNumber('RECONCILE_AFTER_MS'),
    retentionMs: envNumber('RETENTION_MS'),
    separates: separatesOperations(),
  });
}

/** Whether the pipeline keeps large operations in items of their own, by the environment of the function. */
export function separatesOperations(): boolean {
  return process.env.SEPARATE_OPERATIONS === 'true';
}

/** The entries of a table in DynamoDB. */
export function dynamoDBEntries(table: Table): EntryTable {
  return {
    async get(key) {
      const item = await readItem(table, key);
      return item && fromItem(item);
    },
    insert: (entry) => putItem(table, toItem(entry), putCondition([isAbsent('id')])),
    async write(key, { set = {}, remove = [], trail = [], condition }) {
      const attributes = toAttributes(set);
      // A new operation may be in another attribute than the old one, which would hide it.
      const replaced = set.failure ? ['failure'] : [];
      // One write can't both set and remove an attribute.
      const removed = attributesOf([...remove, ...replaced]).filter((path) => attributes[path] === undefined);
      const change = updateExpression({ set: attributes, remove: removed, append: { trail }, condition });
      const written = await updateItem(table, key, change);
      return written && fromItem(written);
    },
    async due(shard, now, Limit) {
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          TableName: table.table,
          IndexName: PENDING_INDEX,
          KeyConditionExpression: 'pendingShard = :shard AND dueAt < :now',
          ExpressionAttributeValues: { ':shard': { S: shard }, ':now': { S: iso(now) } },
          Limit,
        }),
      );
      return Items.flatMap(({ id }) => (id?.S === undefined ? [] : [asFailureKey(id.S)]));
    },
  };
}
