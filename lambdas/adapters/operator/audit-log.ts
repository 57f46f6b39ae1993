import { randomBytes } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { AUDIT_KEY } from '../../contract/audit-key.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import { type Act, type ActEnd, type AuditRecord, signature } from '../../domain/operator/act.ts';
import type { AuditLog } from '../../use-cases/operator/audit.ts';
import type { Table, TimedTable } from '../table.ts';

interface AuditLogOptions extends TimedTable {
  /** Announces an action that is about to begin. */
  readonly announce: (record: AuditRecord) => Promise<void>;
}

/** All records have this partition key: they are few, and a list needs no index. */
const LOG = 'operator actions';
/** Follows the sort key of an action in that of its end. */
const END = '#end';
const KEPT_DAYS = 400;
const { partition: PARTITION, sort: SORT } = AUDIT_KEY;

/**
 * Adds records to the audit table. An action and its end are two items, so that nobody has to change an item. The sort
 * key begins with the time of the action.
 */
export function auditLog({ client, table: TableName, announce, now = Date.now }: AuditLogOptions): AuditLog {
  /** Does nothing if the key is taken. */
  const put = async (key: string, facts: object, at: number): Promise<void> => {
    const expiresAt = Math.ceil((at + KEPT_DAYS * DAY_MS) / 1_000);
    const Item = marshall({ ...keyOf(key), ...facts, at: iso(at), expiresAt }, { removeUndefinedValues: true });
    const condition = { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': SORT } };
    try {
      await client.send(new PutItemCommand({ TableName, Item, ...condition }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };
  const read = async (key: string): Promise<Stored | undefined> => {
    const Key = marshall(keyOf(key));
    const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    return Item && (unmarshall(Item) as Stored);
  };
  return {
    async begin(act) {
      const at = now();
      const id = `${iso(at)}#${randomBytes(9).toString('base64url')}`;
      const by = signature(act);
      // Nobody else has this key. If the item exists, the SDK repeats a write whose answer was lost.
      await put(id, { ...act, by }, at);
      await announce({ ...act, id, by, at: iso(at) });
      return id;
    },
    async end(id, end) {
      await put(`${id}${END}`, end, now());
    },
    async running(id) {
      if (id.endsWith(END)) return undefined;
      const [begun, ended] = await Promise.all([read(id), read(`${id}${END}`)]);
      return begun === undefined || ended ? undefined : recordOf(begun);
    },
  };
}

/** Lists the actions since a time in epoch milliseconds, newest first, each with its end. */
export async function auditRecords(
  { client, table: TableName }: Table,
  { since, limit }: { readonly since: number; readonly limit: number },
): Promise<readonly AuditRecord[]> {
  const request = {
    TableName,
    KeyConditionExpression: '#log = :log AND #key >= :since',
    ExpressionAttributeNames: { '#log': PARTITION, '#key': SORT },
    ExpressionAttributeValues: { ':log': { S: LOG }, ':since': { S: iso(since) } },
    ScanIndexForward: false,
    Limit: 2 * limit,
  };
  const records: AuditRecord[] = [];
  // An end comes right before its action, because its key is longer and the order descends.
  const ends = new Map<string, Stored>();
  for await (const { Items = [] } of paginateQuery({ client }, request)) {
    for (const item of Items.map((each) => unmarshall(each) as Stored)) {
      const key = item[SORT];
      if (key.endsWith(END)) ends.set(key.slice(0, -END.length), item);
      else records.push(recordOf(item, ends.get(key)));
      if (records.length === limit) return records;
    }
  }
  return records;
}

interface Stored extends Omit<Act, 'principal'>, Partial<ActEnd> {
  readonly [SORT]: string;
  readonly principal: string;
  readonly by: string;
  readonly at: string;
}

function keyOf(key: string) {
  return { [PARTITION]: LOG, [SORT]: key };
}

function recordOf(
  { [SORT]: id, action, dependency, failureId, principal, name, by, why, at, facts, acknowledges }: Stored,
  end?: Stored,
) {
  const record = {
    id,
    action,
    dependency,
    failureId,
    principal,
    name,
    by,
    why,
    at,
    facts,
    acknowledges,
  } satisfies AuditRecord;
  if (end?.result === undefined) return record;
  return { ...record, end: { at: end.at, result: end.result, message: end.message, facts: end.facts } };
}
