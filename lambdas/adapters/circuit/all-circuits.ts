import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { KEPT_SECONDS, type StoredCircuit } from '../../domain/circuit/circuit-store.ts';
import { snapshotOf } from './circuit-item.ts';

/** Every circuit that the table holds, by key. Reads the whole table, which has one small item for each. */
export async function allCircuits(
  { client, table: TableName }: { readonly client: DynamoDBClient; readonly table: string },
  now: number,
): Promise<readonly StoredCircuit[]> {
  const found: StoredCircuit[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const item of Items) {
      const key = item.id?.S;
      // Retry budgets are items beside those of the circuits.
      if (key === undefined || key.includes('#')) continue;
      found.push({ key, snapshot: snapshotOf(item, now, KEPT_SECONDS) });
    }
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}
