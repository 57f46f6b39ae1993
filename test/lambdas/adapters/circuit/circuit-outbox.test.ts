import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { circuitOutbox } from '../../../../lambdas/adapters/circuit/circuit-outbox.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

/** The circuit's item after the publication of its event or another one. */
async function afterPublishing(eventId: string) {
  const { client, circuits: TableName } = tables;
  const item = { id: 'payments', version: 7, outbox: { eventId: 'circuit.payments.7' } };
  await client.send(new PutItemCommand({ TableName, Item: marshall(item) }));
  await circuitOutbox(client, TableName).clearOutbox('payments', eventId);
  const { Item = {} } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'payments' } } }));
  return unmarshall(Item);
}

describe('the outbox of a circuit', () => {
  it('loses the published event, and nothing else', async () => {
    const after = await afterPublishing('circuit.payments.7');
    expect(after).toMatchObject({ id: 'payments', version: 7 });
    expect(after).not.toHaveProperty('outbox');
  });

  it('keeps an event that has come meanwhile', async () => {
    expect(await afterPublishing('circuit.payments.6')).toHaveProperty('outbox.eventId', 'circuit.payments.7');
  });

  it('has nothing to lose where the circuit is gone', async () => {
    const { client, circuits } = tables;
    await circuitOutbox(client, circuits).clearOutbox('stock-levels', 'circuit.stock-levels.1');
    const Key = { id: { S: 'stock-levels' } };
    expect(await client.send(new GetItemCommand({ TableName: circuits, Key }))).not.toHaveProperty('Item');
  });

  it("says that it can't reach the table", async () => {
    const gone = circuitOutbox(tables.client, 'no-such-table').clearOutbox('payments', 'circuit.payments.7');
    await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
