import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type Clock, DAY_MS } from '../../contract/time.ts';
import type { Table } from '../table.ts';
import type { OpsItemOptions } from './ops-items.ts';

const KEPT_MS = 400 * DAY_MS;

/** Stores the ticket id of each incident in a ledger item. */
export function ticketStore({ client, table: TableName }: Table, now: Clock = Date.now): OpsItemOptions['tickets'] {
  const keyOf = (key: string) => ({ id: { S: `ticket#${key}` } });
  return {
    get: async (key) => (await client.send(new GetItemCommand({ TableName, Key: keyOf(key) }))).Item?.ticket?.S,
    put: async (key, id) => {
      const expiresAt = { N: String(Math.ceil((now() + KEPT_MS) / 1_000)) };
      await client.send(new PutItemCommand({ TableName, Item: { ...keyOf(key), ticket: { S: id }, expiresAt } }));
    },
  };
}
