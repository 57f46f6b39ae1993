import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AUDIT_KEY } from '../../lambdas/contract/audit-key.ts';
import { memoryDynamoDB } from '../../tools/dynamodb/memory-tables.ts';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server;

export interface Tables {
  readonly client: DynamoDBClient;
  readonly ledger: string;
  readonly effects: string;
  readonly circuits: string;
  readonly audit: string;
  readonly stop: () => Promise<void>;
}

const NAMES = { ledger: 'ledger', effects: 'effects', circuits: 'circuits', audit: 'audit' } as const;
/** Hash and range keys of the ledger's indexes. */
const INDEXES = {
  pending: { hash: 'pendingShard', range: 'dueAt' },
  correlation: { hash: 'correlationId', range: 'receivedAt' },
  failure: { hash: 'failureId', range: 'receivedAt' },
  dead: { hash: 'deadOf', range: 'settledAt' },
} as const;

const AUDIT = { hash: AUDIT_KEY.partition, range: AUDIT_KEY.sort };

/** Ledger, effects, circuits and audit log in memory, with the keys and indexes of the deployed tables. */
export async function startTables(): Promise<Tables> {
  const client = memoryDynamoDB([
    { name: NAMES.ledger, indexes: INDEXES },
    { name: NAMES.effects, indexes: {} },
    { name: NAMES.circuits, indexes: {} },
    { name: NAMES.audit, indexes: {}, key: AUDIT },
  ]);
  return { client, ...NAMES, stop: async () => client.destroy() };
}

/** The same tables behind DynamoDB's wire protocol, for code that creates its own client. */
export async function serveTables(): Promise<Tables & { readonly endpoint: string }> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  await createLedger(client);
  for (const table of [NAMES.effects, NAMES.circuits]) await createTable(client, table);
  await createAudit(client);
  for (const table of Object.values(NAMES)) await untilActive(client, table);
  const stop = async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { client, ...NAMES, endpoint, stop };
}

const KEY = [{ AttributeName: 'id', KeyType: 'HASH' } as const];
const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' }) as const;

async function createLedger(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: KEY,
      AttributeDefinitions: [
        ...new Set(['id', ...Object.values(INDEXES).flatMap(({ hash, range }) => [hash, range])]),
      ].map(text),
      GlobalSecondaryIndexes: Object.entries(INDEXES).map(([IndexName, { hash, range }]) => ({
        IndexName,
        KeySchema: [
          { AttributeName: hash, KeyType: 'HASH' },
          { AttributeName: range, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
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

async function createAudit(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: NAMES.audit,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: AUDIT.hash, KeyType: 'HASH' },
        { AttributeName: AUDIT.range, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [text(AUDIT.hash), text(AUDIT.range)],
    }),
  );
}

/** Waits until a new table is active. */
async function untilActive(client: DynamoDBClient, TableName: string): Promise<void> {
  let status: string | undefined;
  while (status !== 'ACTIVE') {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    status = Table?.TableStatus;
  }
}
