import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server;

export interface Tables {
  readonly client: DynamoDBClient;
  readonly ledger: string;
  readonly effects: string;
  readonly circuits: string;
  readonly stop: () => Promise<void>;
}

/** The ledger, the effects and the circuits on a DynamoDB of their own, with the keys and the index of the deployed ones. */
export async function startTables(): Promise<Tables> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await createLedger(client);
  for (const table of ['effects', 'circuits']) await createTable(client, table);
  for (const table of ['ledger', 'effects', 'circuits']) await untilActive(client, table);
  return {
    client,
    ledger: 'ledger',
    effects: 'effects',
    circuits: 'circuits',
    stop: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const KEY = [{ AttributeName: 'id', KeyType: 'HASH' } as const];
const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' }) as const;

async function createLedger(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: KEY,
      AttributeDefinitions: ['id', 'pendingShard', 'dueAt', 'correlationId', 'receivedAt'].map(text),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'pending',
          KeySchema: [
            { AttributeName: 'pendingShard', KeyType: 'HASH' },
            { AttributeName: 'dueAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
        {
          IndexName: 'correlation',
          KeySchema: [
            { AttributeName: 'correlationId', KeyType: 'HASH' },
            { AttributeName: 'receivedAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: KEY,
      AttributeDefinitions: [text('id')],
    }),
  );
}

/** A table that was just created is there a little later. */
async function untilActive(client: DynamoDBClient, TableName: string): Promise<void> {
  let status: string | undefined;
  while (status !== 'ACTIVE') {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    status = Table?.TableStatus;
  }
}
