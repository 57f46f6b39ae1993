import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { order, readCondition } from './condition.ts';
import type { Item, Placeholders } from './expression.ts';
import { applyUpdate, checkUpdate, placeholdersOf, RefusedUpdate } from './update.ts';

/** Key attributes of a keys-only index. */
export interface Index {
  readonly hash: string;
  readonly range: string;
}

/** A table whose key is a string, or two of them. */
export interface TableSchema {
  readonly name: string;
  /** Key attributes. @default - only `id` */
  readonly key?: Index;
  readonly indexes: Readonly<Record<string, Index>>;
}

interface Table extends TableSchema {
  readonly items: Map<string, Item>;
}

interface Request {
  readonly TableName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ConsistentRead?: boolean;
  readonly IndexName?: string;
  readonly ExclusiveStartKey?: Item;
  readonly Limit?: number;
  readonly Select?: string;
  readonly ProjectionExpression?: string;
  readonly ScanIndexForward?: boolean;
}

type Operation = (table: Table, request: Request) => object;

/** Fields that each operation supports. Any other field fails the test instead of being ignored. */
const FIELDS: Readonly<Record<string, readonly (keyof Request)[]>> = {
  GetItemCommand: ['Key', 'ConsistentRead', 'ProjectionExpression'],
  PutItemCommand: ['Item', 'ConditionExpression', 'ReturnValuesOnConditionCheckFailure'],
  UpdateItemCommand: ['Key', 'UpdateExpression', 'ConditionExpression', 'ReturnValues'],
  DeleteItemCommand: ['Key', 'ConditionExpression'],
  QueryCommand: ['KeyConditionExpression', 'IndexName', 'ExclusiveStartKey', 'Limit', 'Select', 'ScanIndexForward'],
  ScanCommand: ['ConsistentRead'],
};
const COMMON: readonly (keyof Request)[] = ['TableName', 'ExpressionAttributeNames', 'ExpressionAttributeValues'];
const ITEM_BYTES = 400 * 1024;

/** A command of the SDK. Its class names the operation. */
interface Command {
  readonly input: object;
}

/**
 * Tables of DynamoDB that are maps in this process. A call takes microseconds instead of the millisecond over HTTP.
 * They support the requests of this project's stores and reject all others by name.
 * `memory-tables.test.ts` compares them with dynalite, an emulator of the wire protocol.
 * They don't check reserved words. The end-to-end tests do, because they use dynalite.
 */
export class MemoryTables {
  readonly #tables: ReadonlyMap<string, Table>;

  constructor(schemas: readonly TableSchema[]) {
    this.#tables = new Map(schemas.map((schema) => [schema.name, { ...schema, items: new Map<string, Item>() }]));
  }

  /**
   * Executes a command, or the operation of its name.
   *
   * @throws the errors of the SDK
   */
  perform(command: Command, name = command.constructor.name): object {
    return perform(this.#tables, name, command.input as Request);
  }

  /** The item as it is stored, which nobody may change. */
  itemOf(table: string, id: string): Readonly<Item> | undefined {
    return this.#tables.get(table)?.items.get(id);
  }
}

/** A DynamoDB client on tables in this process. Commands, middleware and errors are those of the SDK. */
export function memoryDynamoDB(schemas: readonly TableSchema[]): DynamoDBClient {
  const tables = new MemoryTables(schemas);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ region: 'us-east-1', credentials, endpoint: 'http://memory.invalid' });
  // The middleware filters every input and output, although the logger is silent.
  client.middlewareStack.remove('loggerMiddleware');
  client.middlewareStack.add(
    (_, { commandName }) =>
      async (command) => ({
        response: undefined,
        output: tables.perform(command, String(commandName)) as { $metadata: object },
      }),
    { step: 'initialize', name: 'memoryTables', priority: 'low' },
  );
  return client;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetItemCommand: (table, { Key, ProjectionExpression: names, ExpressionAttributeNames: meant = {} }) => {
    const item = table.items.get(idOf(table, Key));
    if (!item) return {};
    if (names === undefined) return { Item: { ...item } };
    // It supports plain names of top-level attributes only.
    const wanted = new Set(names.split(', ').map((name) => meant[name] ?? name));
    return { Item: Object.fromEntries(Object.entries(item).filter(([name]) => wanted.has(name))) };
  },
  PutItemCommand: (table, request) => {
    check(table, idOf(table, request.Item), request);
    write(table, copyOf(request.Item ?? {}));
    return {};
  },
  UpdateItemCommand: updateItem,
  DeleteItemCommand: (table, request) => {
    check(table, idOf(table, request.Key), request);
    table.items.delete(idOf(table, request.Key));
    return {};
  },
  QueryCommand: query,
  ScanCommand: ({ items }) => ({ Items: [...items.values()] }),
};

function perform(tables: ReadonlyMap<string, Table>, command: string, request: Request) {
  const operation = OPERATIONS[command];
  const unknown = Object.keys(request).filter((name) => !isKnown(command, name) && isGiven(request, name));
  if (!operation || unknown.length > 0) throw new Error(`memory tables know no ${[command, ...unknown].join(' ')}`);
  const table = tables.get(request.TableName ?? '');
  if (!table) throw new ResourceNotFoundException({ message: 'Requested resource not found', $metadata: METADATA });
  checkPlaceholders(request);
  return { $metadata: { httpStatusCode: 200, attempts: 1 }, ...operation(table, request) };
}

function isKnown(command: string, name: string): boolean {
  return [COMMON, FIELDS[command] ?? []].some((fields) => fields.some((field) => field === name));
}

function isGiven(request: Request, name: string): boolean {
  return request[name as keyof Request] !== undefined;
}

function updateItem(table: Table, request: Request) {
  const { Key, UpdateExpression: expression = '' } = request;
  const placeholders = placeholdersIn(request);
  refusing(() => checkUpdate(expression, placeholders));
  check(table, idOf(table, Key), request);
  const item = copyOf(table.items.get(idOf(table, Key)) ?? Key ?? {});
  refusing(() => applyUpdate(expression, item, placeholders));
  write(table, item);
  return request.ReturnValues === 'ALL_NEW' ? { Attributes: item } : {};
}

function refusing(act: () => void): void {
  try {
    act();
  } catch (error) {
    throw error instanceof RefusedUpdate ? invalid(error.message) : error;
  }
}

function query(table: Table, request: Request) {
  const isTable = request.IndexName === undefined;
  const index = isTable ? table.key : table.indexes[request.IndexName ?? ''];
  if (!index) throw invalid(`The table does not have the specified index: ${request.IndexName}`);
  const { run } = readCondition(request.KeyConditionExpression ?? '');
  const forward = request.ScanIndexForward === false ? -1 : 1;
  const compare = (a: Item, b: Item) => forward * (order(a[index.range], b[index.range]) || order(a.id, b.id) || 0);
  const start = request.ExclusiveStartKey;
  const found = [...table.items.values()]
    .filter((item) => index.hash in item && index.range in item && run(item, placeholdersIn(request)))
    .sort(compare)
    .filter((item) => !start || compare(item, start) > 0);
  const page = found.slice(0, request.Limit).map((item) => keysOf(item, index));
  // The indexes have keys only.
  const shown = isTable ? found.slice(0, request.Limit) : page;
  const items = request.Select === 'COUNT' ? {} : { Items: shown };
  return {
    ...items,
    Count: page.length,
    ScannedCount: page.length,
    LastEvaluatedKey: page.length === request.Limit ? page.at(-1) : undefined,
  };
}

function keysOf(item: Item, { hash, range }: Index): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name === 'id' || name === hash || name === range));
}

/** @throws ConditionalCheckFailedException if the item doesn't meet the request's condition */
function check(table: Table, id: string, request: Request): void {
  if (request.ConditionExpression === undefined) return;
  const item = table.items.get(id);
  if (readCondition(request.ConditionExpression).run(item ?? {}, placeholdersIn(request))) return;
  throw new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: METADATA,
    Item: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? item : undefined,
  });
}

function checkPlaceholders(request: Request): void {
  const conditions = [request.ConditionExpression, request.KeyConditionExpression].filter((text) => text !== undefined);
  const used = conditions.map((text) => readCondition(text).placeholders);
  const projected = request.ProjectionExpression?.split(', ').filter((name) => name.startsWith('#'));
  used.push(new Set(projected));
  if (request.UpdateExpression !== undefined) used.push(placeholdersOf(request.UpdateExpression));
  const { names, values } = placeholdersIn(request);
  if ([request.ExpressionAttributeNames, request.ExpressionAttributeValues].some(isEmpty)) {
    throw invalid('ExpressionAttribute… must not be empty');
  }
  const given = new Set([...Object.keys(names), ...Object.keys(values)]);
  const unused = [...given].filter((name) => !used.some((each) => each.has(name)));
  if (unused.length > 0)
    throw invalid(`Value provided in ExpressionAttribute… unused in expressions: ${unused.join(', ')}`);
  const lacking = used.flatMap((each) => [...each]).filter((name) => !given.has(name));
  if (lacking.length > 0)
    throw invalid(`An expression attribute used in expressions is not defined: ${lacking.join(', ')}`);
}

function isEmpty(given: object | undefined): boolean {
  return given !== undefined && Object.keys(given).length === 0;
}

function placeholdersIn({ ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: Request): Placeholders {
  return { names: ExpressionAttributeNames, values: ExpressionAttributeValues };
}

function write(table: Table, item: Item): void {
  if (sizeOf(item) > ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
  for (const { hash, range } of Object.values(table.indexes)) {
    for (const name of [hash, range]) {
      if (item[name] && !item[name].S) throw invalid(`Type mismatch for index key ${name}, or an empty one`);
    }
  }
  table.items.set(idOf(table, item), item);
}

/** Computes the item's size like DynamoDB, except that DynamoDB packs numbers. */
function sizeOf(item: Item): number {
  // Most items are so small that nobody has to count their bytes.
  if (charactersOf({ M: item }) * 3 <= ITEM_BYTES) return 0;
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value), 0);
}

/** An upper bound of a value's characters, each of which has at most three bytes. */
function charactersOf({ S, N, L, M }: AttributeValue): number {
  let sum = 20 + (S ?? N ?? '').length;
  for (const each of L ?? []) sum += charactersOf(each);
  for (const name in M) sum += name.length + charactersOf(M[name] as AttributeValue);
  return sum;
}

function bytesOf({ S, N, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return N.length;
  if (L) return L.reduce((sum, each) => sum + 1 + bytesOf(each), 3);
  if (M) return Object.entries(M).reduce((sum, [name, each]) => sum + 1 + Buffer.byteLength(name) + bytesOf(each), 3);
  return 1;
}

function idOf({ key: schema }: TableSchema, key: Item | undefined): string {
  const parts = (schema ? [schema.hash, schema.range] : ['id']).map((name) => {
    const value = key?.[name]?.S;
    if (!value) throw invalid(`One or more parameter values are not valid: ${name}`);
    return value;
  });
  return parts.length === 1 ? String(parts[0]) : JSON.stringify(parts);
}

/** Copies an item for a change. A stored item never changes: each write replaces it. */
function copyOf(item: Item): Item {
  // An assignment would not create an attribute named `__proto__`.
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, value.M ? { M: copyOf(value.M) } : value]),
  );
}

const METADATA = { httpStatusCode: 400, attempts: 1 };

function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message, $metadata: METADATA });
}
