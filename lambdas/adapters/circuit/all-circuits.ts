import { paginateScan } from '@aws-sdk/client-dynamodb';
import { KEPT_SECONDS, type StoredCircuit } from '../../domain/circuit/circuit-store.ts';
import type { Table } from '../table.ts';
import { outboxOf, snapshotOf } from './circuit-item.ts';

/** Lists all circuits, sorted by key. Scans the table, which holds one small item per circuit. */
export async function allCircuits({ client, table: TableName }: Table, now: number): Promise<readonly StoredCircuit[]> {
  const found: StoredCircuit[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const item of Items) {
      const key = item.id?.S;
      // Skip retry budgets, which are items of the same table.
      if (key === undefined || key.includes('#')) continue;
      found.push({ key, snapshot: snapshotOf(item, now, KEPT_SECONDS), outbox: outboxOf(item) });
    }
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}
