import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SHOWN_ATTRIBUTES } from '../../contract/ledger-entry.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import type { Table } from '../table.ts';
import { fromItem } from './ledger-item.ts';

const NAMES = Object.fromEntries(SHOWN_ATTRIBUTES.map((attribute) => [`#${attribute}`, attribute]));
const PROJECTION = Object.keys(NAMES).join(', ');

/** Entries without the operation and what may hold parts of it: all that AWS lets operators read. */
export function shownEntries({ client, table: TableName }: Table): Pick<Ledger, 'get'> {
  return {
    async get(key) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName,
          Key: { id: { S: key } },
          ConsistentRead: true,
          ProjectionExpression: PROJECTION,
          ExpressionAttributeNames: NAMES,
        }),
      );
      return Item && fromItem(Item);
    },
  };
}
