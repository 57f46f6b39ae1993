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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveTables, startTables, type Tables } from '../../support/tables.ts';

const TableName = 'ledger';

/** Each item has or lacks some of the attributes in the expressions. */
const ITEMS: readonly Readonly<Record<string, unknown>>[] = [
  { id: 'bare' },
  { id: 'open', state: 'open', attempts: 1, dueAt: '2026-01', pendingShard: 'x' },
  { id: 'settled', state: 'settled', attempts: 0, trail: ['a'], dueAt: '2026-02', pendingShard: 'x' },
  { id: 'typed', state: 1, attempts: '1', trail: 'ab', inFlight: 'open' },
  { id: 'in-flight', state: 'open', attempts: 2, inFlight: { token: 'open' }, dueAt: '2026-04', pendingShard: 'x' },
  { id: 'empty', state: 'opened', inFlight: {}, trail: [], attempts: 10, pendingShard: 'x' },
  { id: 'elsewhere', trail: ['a', 'b'], dueAt: '2026-03', pendingShard: 'y' },
];
const CONDITIONS = [
  'attribute_not_exists(#state)',
  'attribute_exists(#inFlight.#token)',
  '#state = :text',
  '#state <> :text',
  '#state <> :text AND #attempts < :number',
  'attribute_not_exists(id) OR #attempts <= :number OR #inFlight.#token = :text',
  '#attempts = :number AND NOT attribute_type(#attempts, :type)',
  '(#attempts > :number OR attribute_not_exists(#attempts)) AND NOT (#state = :text OR size(#trail) >= :number)',
  '#inFlight.#token = :text OR #dueAt < :due AND #state = :text',
  'size(#trail) = :number',
  'size(#trail) >= :number',
  'begins_with(#state, :text)',
  '#dueAt <= :due',
];
const UPDATES = [
  'SET #state = :text, #attempts = :number',
  'SET #inFlight = :map, #dueAt = :due, #pendingShard = :shard',
  'SET #inFlight.#token = :text REMOVE #dueAt',
  'SET #trail = list_append(#trail, :list)',
  'SET #state = #attempts, #attempts = #state',
  'SET #state = if_not_exists(#pendingShard, :text), #attempts = if_not_exists(#attempts, :number)',
  'SET #trail = :list REMOVE #inFlight, #state',
  'ADD #attempts :number REMOVE #inFlight.#token',
  'ADD #state :number',
  'REMOVE #pendingShard, #dueAt',
  'SET #inFlight = :map REMOVE #inFlight.#token',
  'SET #pendingShard = :number',
  'SET #state = :text, #attempts = :undefined',
];
const VALUES = {
  text: 'open',
  number: 1,
  type: 'N',
  map: { token: 'open' },
  list: ['a'],
  due: '2026-02',
  shard: 'x',
  seen: true,
};

/** Names and values for the placeholders in the expressions. */
function placeholders(expressions: string) {
  const names = [...new Set(expressions.match(/#\w+/g))];
  const used: readonly string[] = expressions.match(/:\w+/g) ?? [];
  const values = Object.entries(VALUES).flatMap(([name, value]) =>
    used.includes(`:${name}`) ? [[`:${name}`, value]] : [],
  );
  return {
    ExpressionAttributeNames:
      names.length > 0 ? Object.fromEntries(names.map((name) => [name, name.slice(1)])) : undefined,
    ExpressionAttributeValues: values.length > 0 ? marshall(Object.fromEntries(values)) : undefined,
  };
}

type Item = Readonly<Record<string, AttributeValue>>;
type Send = (client: DynamoDBClient) => Promise<{ readonly $metadata: unknown; readonly Items?: Item[] }>;

const put = (item: object, rest: object = {}): Send => {
  const input = { TableName, Item: marshall(item), ...rest };
  return (client) => client.send(new PutItemCommand(input));
};
const keyOf = ({ id }: Readonly<Record<string, unknown>>) => ({ TableName, Key: marshall({ id }) });

describe('tables in memory, beside an emulator of DynamoDB', () => {
  let both: readonly Tables[] = [];
  beforeAll(async () => {
    both = [await startTables(), await serveTables()];
    for (const item of ITEMS) await expectSame(put(item));
  });
  afterAll(() => Promise.all(both.map((tables) => tables.stop())));

  /** Compares the outputs of both tables without the metadata of the request. */
  async function expectSame(send: Send): Promise<void> {
    const [memory, served] = await Promise.all(
      both.map(async ({ client }) => {
        try {
          const { $metadata: _, Items: items, ...output } = await send(client);
          return { ...output, items };
        } catch (error) {
          return { error: error instanceof Error ? error.name : error };
        }
      }),
    );
    expect(memory).toEqual(served);
  }

  it.each(CONDITIONS)('write where the item is such that %s', async (ConditionExpression) => {
    for (const item of ITEMS) {
      const UpdateExpression = 'SET #seen = :seen';
      const named = placeholders(`${UpdateExpression} ${ConditionExpression}`);
      const input = {
        ...keyOf(item),
        ReturnValues: 'ALL_NEW',
        UpdateExpression,
        ConditionExpression,
        ...named,
      } as const;
      await expectSame((client) => client.send(new UpdateItemCommand(input)));
      await expectSame((client) => client.send(new GetItemCommand(keyOf(item))));
    }
  });

  it('return the attributes that a projection names, by placeholders', async () => {
    for (const item of ITEMS) {
      await expectSame(put(item));
      const names = { '#id': 'id', '#state': 'state', '#none': 'none' };
      const projection = { ProjectionExpression: '#id, #state, #none', ExpressionAttributeNames: names };
      await expectSame((client) => client.send(new GetItemCommand({ ...keyOf(item), ...projection })));
    }
  });

  it.each(UPDATES)('change an item by %s', async (UpdateExpression) => {
    for (const item of [...ITEMS, { id: 'new' }]) {
      const input = {
        ...keyOf(item),
        ReturnValues: 'ALL_NEW',
        UpdateExpression,
        ...placeholders(UpdateExpression),
      } as const;
      await expectSame((client) => client.send(new UpdateItemCommand(input)));
      await expectSame((client) => client.send(new GetItemCommand(keyOf(item))));
      await expectSame(put(item));
    }
  });

  it.each(['', ' AND dueAt < :due', ' AND dueAt >= :due'])('list by an index, where the range is%s', async (range) => {
    const KeyConditionExpression = `pendingShard = :shard${range}`;
    const query = { TableName, IndexName: 'pending', KeyConditionExpression, ...placeholders(KeyConditionExpression) };
    for (const change of [{}, { ScanIndexForward: false }, { Select: 'COUNT' as const }]) {
      await expectSame((client) => client.send(new QueryCommand({ ...query, ...change })));
    }
    await expectSame(async (client) => {
      const page = await client.send(new QueryCommand({ ...query, Limit: 1 }));
      const start = page.LastEvaluatedKey;
      return start ? client.send(new QueryCommand({ ...query, ExclusiveStartKey: start })) : page;
    });
  });

  it('refuse what an expression names too much or too little', async () => {
    const item = { id: 'another' };
    const named = placeholders('#state = :text');
    await expectSame(put(item, { ConditionExpression: 'attribute_not_exists(#state)', ...named }));
    await expectSame(put(item, { ConditionExpression: '#state = :text AND #trail = :list', ...named }));
    await expectSame(put(item, { ConditionExpression: 'attribute_not_exists(id)' }));
    await expectSame(put(item, { ConditionExpression: 'attribute_not_exists(id)' }));
    await expectSame(put(item, { ConditionExpression: 'attribute_not_exists(id)', ExpressionAttributeValues: {} }));
    await expectSame(put({ name: 'lacks an id' }));
    await expectSame(put({ id: 'a', pendingShard: 1 }));
    await expectSame((client) => client.send(new DeleteItemCommand(keyOf(item))));
    await expectSame((client) => client.send(new GetItemCommand(keyOf(item))));
    await expectSame((client) => client.send(new GetItemCommand({ ...keyOf(item), TableName: 'no-such-table' })));
    await expectSame((client) =>
      client.send(new QueryCommand({ TableName, IndexName: 'none', KeyConditionExpression: 'id = id' })),
    );
  });

  it('hold no more in an item than DynamoDB does', async () => {
    const room = 400 * 1024 - 'id'.length - 'id'.length - 'text'.length;
    await expectSame(put({ id: 'id', text: 'x'.repeat(room) }));
    await expectSame(put({ id: 'id', text: 'x'.repeat(room + 1) }));
    const [memory] = both;
    await expect(memory && put({ id: 'id', text: 'x'.repeat(room + 1) })(memory.client)).rejects.toThrow('Item size');
  });
});

it('refuse by name what they do not know', async () => {
  const { client } = await startTables();
  const scan = client.send(new ScanCommand({ TableName, FilterExpression: 'attribute_exists(id)' }));
  await expect(scan).rejects.toThrow('memory tables know no ScanCommand FilterExpression');
  const contains = put({ id: 'a' }, { ConditionExpression: 'contains(id, id)' })(client);
  await expect(contains).rejects.toThrow("memory tables don't read ( in the expression 'contains(id, id)'");
  const redundant = put(
    { id: 'a' },
    { ConditionExpression: '((attribute_exists(id) OR attribute_exists(id)))' },
  )(client);
  await expect(redundant).rejects.toThrow("memory tables don't read redundant parentheses");
});
