import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import dynalite from 'dynalite';
import type { Assembly, Resource } from './assembly.ts';
import { type Answer, type Service, send } from './protocol.ts';
import { REGION, STREAM_LABEL } from './resource-kinds.ts';

/** An item in wire format. */
export type Item = Readonly<Record<string, unknown>>;

/** A record of a table's stream. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly dynamodb: Readonly<Record<string, unknown>> & { readonly SequenceNumber: string };
  readonly eventSourceARN: string;
}

interface TableProperties {
  readonly AttributeDefinitions: readonly unknown[];
  readonly KeySchema: readonly { readonly AttributeName: string }[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly LocalSecondaryIndexes?: readonly Index[];
  readonly StreamSpecification?: { readonly StreamViewType?: string };
}

interface Index {
  readonly IndexName: string;
  readonly KeySchema: unknown;
  readonly Projection: unknown;
}

interface WriteRequest {
  readonly TableName: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly RequestItems?: Readonly<
    Record<string, readonly { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]>
  >;
}

/** An item that a request will write. */
interface Target {
  readonly table: Resource<TableProperties>;
  readonly key: Item;
}

/** DynamoDB. @param onChange Receives each change of a table with a stream, in order. */
export async function startTables(assembly: Assembly, onChange: (record: StreamRecord) => void): Promise<Service> {
  const forward = inProcess(dynalite({ createTableMs: 0 }));
  const tables = assembly.all<TableProperties>('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable');
  for (const table of tables) await send(forward, 'CreateTable', creation(table));
  for (const { name } of tables) while (await isBeingCreated(name, forward)) await sleep(1);
  return watched(forward, tables, onChange);
}

async function isBeingCreated(TableName: string, forward: Service): Promise<boolean> {
  const { Table } = await send<{ Table: { TableStatus: string } }>(forward, 'DescribeTable', { TableName });
  return Table.TableStatus === 'CREATING';
}

function creation({ name, properties }: Resource<TableProperties>): object {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties;
  const indexes = (all: readonly Index[] | undefined) =>
    all?.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));
  return {
    TableName: name,
    AttributeDefinitions,
    KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: indexes(GlobalSecondaryIndexes),
    LocalSecondaryIndexes: indexes(LocalSecondaryIndexes),
  };
}

/**
 * Passes requests to the emulator within the process. HTTP would cost several times the emulator's own work.
 * Most requests read an item before or after a write. The emulator checks that a signature exists, not that it is
 * valid.
 */
function inProcess(emulator: EventEmitter): Service {
  const signed = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20000101T000000Z',
    authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local',
  };
  return (operation, body) =>
    new Promise<Answer>((resolve) => {
      const headers = { ...signed, 'x-amz-target': `DynamoDB_20120810.${operation}` };
      const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers });
      const response = {
        statusCode: 200,
        setHeader() {},
        end(answer: string) {
          resolve({ status: response.statusCode, contentType: signed['content-type'], body: answer });
        },
      };
      emulator.emit('request', request, response);
      request.emit('data', Buffer.from(body));
      request.emit('end');
    });
}

/**
 * Adds what the emulator lacks: streams, and the item that failed a condition. Writes run one at a time.
 * All writes of a table with a stream pass through here. So the item after the last write is known and needs no read
 * before the next.
 */
function watched(
  forward: Service,
  tables: readonly Resource<TableProperties>[],
  onChange: (record: StreamRecord) => void,
): Service {
  let last: Promise<unknown> = Promise.resolve();
  const known = new Map<string, Item | undefined>();
  const before = async (target: Target): Promise<Item | undefined> => {
    const name = nameOf(target);
    if (streamOf(target.table) === undefined) return read(forward, target);
    if (!known.has(name)) known.set(name, await read(forward, target));
    return known.get(name);
  };
  const tell = async (target: Target, written: Item | undefined): Promise<void> => {
    if (streamOf(target.table) === undefined) return;
    const after = written ?? (await read(forward, target));
    const records = changes(target, known.get(nameOf(target)), after);
    known.set(nameOf(target), after);
    for (const record of records) onChange(record);
  };
  return (operation, body) => {
    if (!/^(PutItem|UpdateItem|DeleteItem|BatchWriteItem)$/.test(operation)) return forward(operation, body);
    const write: WriteRequest = JSON.parse(body);
    const wantsOld = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    const targets = targetsOf(write, tables).filter(({ table }) => wantsOld || streamOf(table) !== undefined);
    if (targets.length === 0) return forward(operation, body);
    const next = last.then(async () => {
      const items = await Promise.all(targets.map(before));
      const answer = await forward(operation, body);
      if (answer.status >= 400) return wantsOld ? withItem(answer, items[0]) : answer;
      const written: Item | undefined =
        write.ReturnValues === 'ALL_NEW' ? JSON.parse(answer.body).Attributes : undefined;
      for (const target of targets) await tell(target, written);
      return answer;
    });
    last = next.catch(() => {});
    return next;
  };
}

function nameOf({ table, key }: Target): string {
  return JSON.stringify([table.name, key]);
}

function targetsOf(write: WriteRequest, tables: readonly Resource<TableProperties>[]): Target[] {
  const { TableName, Item, Key, RequestItems = { [TableName]: [{ PutRequest: { Item: Item ?? Key ?? {} } }] } } = write;
  return Object.entries(RequestItems).flatMap(([name, requests]) => {
    const table = tables.find((each) => each.name === name || each.arn === name);
    if (table === undefined) return [];
    const attributes = table.properties.KeySchema.map(({ AttributeName }) => AttributeName);
    return requests.map(({ PutRequest, DeleteRequest }) => {
      const item = PutRequest?.Item ?? DeleteRequest?.Key ?? {};
      return { table, key: Object.fromEntries(attributes.map((attribute) => [attribute, item[attribute]])) };
    });
  });
}

async function read(forward: Service, { table, key }: Target): Promise<Item | undefined> {
  const { body } = await forward('GetItem', JSON.stringify({ TableName: table.name, Key: key, ConsistentRead: true }));
  return JSON.parse(body).Item;
}

function withItem(answer: Answer, item: Item | undefined): Answer {
  const error = JSON.parse(answer.body);
  if (item === undefined || !String(error.__type).endsWith('#ConditionalCheckFailedException')) return answer;
  return { ...answer, body: JSON.stringify({ ...error, Item: item }) };
}

function streamOf({ properties }: Resource<TableProperties>): string | undefined {
  const { StreamSpecification } = properties;
  return StreamSpecification && (StreamSpecification.StreamViewType ?? 'NEW_AND_OLD_IMAGES');
}

let sequence = 0;

/** A write without a change produces no record. */
function changes({ table, key }: Target, before: Item | undefined, after: Item | undefined): StreamRecord[] {
  const view = streamOf(table);
  if (view === undefined || isDeepStrictEqual(before, after)) return [];
  const eventName = before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY';
  const dynamodb = {
    ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
    Keys: key,
    NewImage: /^NEW/.test(view) ? after : undefined,
    OldImage: /OLD/.test(view) ? before : undefined,
    SequenceNumber: String(++sequence).padStart(21, '0'),
    SizeBytes: JSON.stringify(after ?? key).length,
    StreamViewType: view,
  };
  const source = {
    eventSource: 'aws:dynamodb',
    awsRegion: REGION,
    eventSourceARN: `${table.arn}/stream/${STREAM_LABEL}`,
  };
  return [{ eventID: randomUUID(), eventName, eventVersion: '1.1', ...source, dynamodb }];
}
