import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveTables, startTables, type Tables } from '../tables.ts';

let served: Tables;
beforeAll(async () => {
  served = await serveTables();
});
afterAll(() => served.stop());

type Items = readonly Record<string, AttributeValue>[];

/** One request, which any client can send. */
interface Call {
  readonly told: string;
  readonly send: (client: DynamoDBClient) => Promise<{ readonly $metadata: unknown; readonly Items?: Items }>;
}

const TableName = 'ledger';
const CONDITIONS = [
  'attribute_not_exists(#state)',
  'attribute_exists(#inFlight.#token)',
  '#state = :text',
  '#state <> :text AND #attempts < :number',
  'attribute_not_exists(id) OR #attempts <= :number OR #inFlight.#token = :text',
  'NOT attribute_type(#attempts, :type)',
  '(#attempts > :number OR attribute_not_exists(#attempts)) AND NOT (#state = :text OR size(#trail) >= :number)',
  '#inFlight.#token = :text OR #dueAt < :due AND #state = :text',
  'size(#trail) = :number',
  'begins_with(#state, :text)',
];
const UPDATES = [
  'SET #state = :text, #attempts = :number',
  'SET #inFlight = :map, #dueAt = :due, #pendingShard = :shard',
  'SET #inFlight.#token = :text',
  'SET #trail = list_append(#trail, :list)',
  'SET #trail = :list REMOVE #inFlight, #state',
  'ADD #attempts :number REMOVE #inFlight.#token',
  'REMOVE #pendingShard, #dueAt',
  'SET #inFlight = :map REMOVE #inFlight.#token',
  'ADD #state :number',
];
const RANGES = ['', ' AND dueAt < :due', ' AND dueAt >= :due'];

const ids = fc.constantFrom('a', 'b');
const text = fc.constantFrom('open', 'op', 'settled');
const number = fc.integer({ min: 0, max: 2 });
const due = fc.constantFrom('2026-01', '2026-02');
const shard = fc.constantFrom('x', 'y');
const list = fc.array(text, { maxLength: 2 });
const map = fc.record({ token: text }, { requiredKeys: [] });
const values = fc.record({ text, number, type: fc.constantFrom('N', 'S'), map, list, due, shard });
const item = fc.record(
  { id: ids, state: text, attempts: number, inFlight: map, trail: list, dueAt: due, pendingShard: shard },
  { requiredKeys: ['id'] },
);

/** The names and values that the expressions name. */
function placeholders(expressions: string, all: object) {
  const names = new Set(expressions.match(/#\w+/g));
  const given = Object.entries(all).filter(([name]) => expressions.match(/:\w+/g)?.includes(`:${name}`));
  return {
    ...(names.size > 0 && {
      ExpressionAttributeNames: Object.fromEntries([...names].map((name) => [name, name.slice(1)])),
    }),
    ...(given.length > 0 && {
      ExpressionAttributeValues: marshall(Object.fromEntries(given.map(([name, value]) => [`:${name}`, value]))),
    }),
  };
}

const condition = fc.constantFrom(undefined, ...CONDITIONS);

const put = fc.tuple(item, condition, values).map(([Item, ConditionExpression, all]): Call => {
  const named = placeholders(ConditionExpression ?? '', all);
  const input = { TableName, Item: marshall(Item), ConditionExpression, ...named };
  return { told: `put ${JSON.stringify(input)}`, send: (client) => client.send(new PutItemCommand(input)) };
});

const update = fc
  .tuple(ids, fc.constantFrom(...UPDATES), condition, values)
  .map(([id, UpdateExpression, ConditionExpression, all]): Call => {
    const named = placeholders(`${UpdateExpression} ${ConditionExpression}`, all);
    const key = { TableName, Key: { id: { S: id } }, ReturnValues: 'ALL_NEW' as const };
    const input = { ...key, UpdateExpression, ConditionExpression, ...named };
    return { told: `update ${JSON.stringify(input)}`, send: (client) => client.send(new UpdateItemCommand(input)) };
  });

const query = fc.tuple(values, fc.boolean(), fc.constantFrom(...RANGES)).map(([all, ScanIndexForward, range]): Call => {
  const KeyConditionExpression = `pendingShard = :shard${range}`;
  const named = placeholders(KeyConditionExpression, all);
  const input = { TableName, IndexName: 'pending', KeyConditionExpression, ScanIndexForward, ...named };
  return { told: `query ${JSON.stringify(input)}`, send: (client) => client.send(new QueryCommand(input)) };
});

const remove = (id: string) => new DeleteItemCommand({ TableName, Key: { id: { S: id } } });
const call = fc.oneof(
  put,
  { weight: 4, arbitrary: update },
  query,
  ids.map((id): Call => {
    const read = { TableName, Key: { id: { S: id } }, ConsistentRead: true };
    return { told: `get ${id}`, send: (client) => client.send(new GetItemCommand(read)) };
  }),
  ids.map((id): Call => ({ told: `delete ${id}`, send: (client) => client.send(remove(id)) })),
);

/** What the caller gets, but for what tells of the request. Two with the same key of an index come in any order. */
async function answer({ client }: Tables, { send }: Call): Promise<object> {
  try {
    const { $metadata: _, Items, ...output } = await send(client);
    return { ...output, ...(Items && { items: sorted(Items) }) };
  } catch (error) {
    return { error: error instanceof Error ? error.name : error };
  }
}

const sorted = (items: Items) => items.map((each) => JSON.stringify(Object.entries(each).sort())).sort();

async function everything({ client }: Tables): Promise<unknown> {
  return sorted((await client.send(new ScanCommand({ TableName }))).Items ?? []);
}

it('answer and store what the emulator of DynamoDB does, whatever they are sent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 8, maxLength: 12 }), async (calls) => {
      const memory = await startTables();
      for (const id of ['a', 'b']) await served.client.send(remove(id));
      for (const each of calls) expect(await answer(memory, each), each.told).toEqual(await answer(served, each));
      expect(await everything(memory)).toEqual(await everything(served));
    }),
    { numRuns: 40 },
  );
});

it('refuse by name what they do not know', async () => {
  const { client } = await startTables();
  const send = client.send(new ScanCommand({ TableName, FilterExpression: 'attribute_exists(id)' }));
  await expect(send).rejects.toThrow('memory tables know no ScanCommand FilterExpression');
  const Item = { id: { S: 'a' } };
  const put = client.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'contains(id, id)' }));
  await expect(put).rejects.toThrow("memory tables don't read ( in the expression 'contains(id, id)'");
});

it('hold no more in an item than DynamoDB does', async () => {
  const { client } = await startTables();
  const put = (bytes: number) => client.send(new PutItemCommand({ TableName, Item: { id: { S: 'a'.repeat(bytes) } } }));
  await expect(put(400 * 1024 - 2)).resolves.toBeDefined();
  await expect(put(400 * 1024 - 1)).rejects.toMatchObject({ name: 'ValidationException' });
});
