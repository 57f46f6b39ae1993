import type { Resource } from '../assembly.ts';
import type { ApiRequest } from './api-request.ts';

type Item = Readonly<Record<string, object>>;

/** A request to DynamoDB, as far as policies see it. */
interface TableInput {
  readonly IndexName?: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly RequestItems?: Readonly<Record<string, readonly WriteRequest[] | { readonly Keys?: readonly Item[] }>>;
  readonly KeyConditionExpression?: string;
  readonly ProjectionExpression?: string;
  readonly Select?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
  readonly [expression: string]: unknown;
}

interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

interface TableProperties {
  readonly KeySchema: KeySchema;
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string; readonly KeySchema: KeySchema }[];
}

type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: string }[];

const EXPRESSIONS = ['ConditionExpression', 'FilterExpression', 'ProjectionExpression', 'UpdateExpression'];

/** What AWS checks for an operation of DynamoDB: leading keys and attributes are keys of conditions. */
export function tableRequest(operation: string, input: TableInput, { arn, name, properties }: Resource): ApiRequest {
  const { IndexName, ProjectionExpression, Select } = input;
  const { KeySchema, GlobalSecondaryIndexes = [] } = properties as unknown as TableProperties;
  const index = GlobalSecondaryIndexes.find((each) => each.IndexName === IndexName);
  const hash = (index?.KeySchema ?? KeySchema).find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  const keys = leadingKeys(input, name, hash);
  const attributes = attributesIn(input);
  const select = Select ?? (ProjectionExpression === undefined ? undefined : 'SPECIFIC_ATTRIBUTES');
  return {
    action: `dynamodb:${operation}`,
    resource: index === undefined ? arn : `${arn}/index/${index.IndexName}`,
    context: {
      ...(keys.length > 0 && { 'dynamodb:LeadingKeys': keys }),
      ...(attributes.length > 0 && { 'dynamodb:Attributes': attributes }),
      ...(select && { 'dynamodb:Select': select }),
    },
  };
}

function leadingKeys(input: TableInput, table: string, hash: string): readonly string[] {
  const batch = input.RequestItems?.[table] ?? [];
  const batched = 'Keys' in batch ? (batch.Keys ?? []) : (batch as readonly WriteRequest[]).map(itemOf);
  const items = [input.Key ?? input.Item, ...batched];
  const values = [...items.map((item) => item?.[hash]), queried(input, hash)];
  return values.filter((value) => value !== undefined).map((value) => String(Object.values(value)[0]));
}

function itemOf({ PutRequest, DeleteRequest }: WriteRequest): Item | undefined {
  return PutRequest?.Item ?? DeleteRequest?.Key;
}

/** The value that a query asks of the partition key. */
function queried(input: TableInput, hash: string): object | undefined {
  const { KeyConditionExpression = '', ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = input;
  for (const [, name = '', value = ''] of KeyConditionExpression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g))
    if ((ExpressionAttributeNames[name] ?? name) === hash) return ExpressionAttributeValues[value];
  return undefined;
}

/** Top-level attributes that the request names. Without a projection, a read names none. */
function attributesIn(input: TableInput): readonly string[] {
  const { Key = {}, Item = {}, ExpressionAttributeNames = {} } = input;
  const named = EXPRESSIONS.flatMap((expression) =>
    topLevelNames(String(input[expression] ?? '')).map((name) => ExpressionAttributeNames[name] ?? name),
  );
  return [...new Set([...Object.keys(Key), ...Object.keys(Item), ...named])];
}

const WORDS =
  /^(?:AND|OR|NOT|BETWEEN|IN|SET|REMOVE|ADD|DELETE|attribute_\w+|begins_with|contains|size|if_not_exists|list_append)$/i;

function topLevelNames(expression: string): readonly string[] {
  const names = [...expression.matchAll(/(?<![\w.:#\]])[#a-z_][\w-]*/gi)].map(([name]) => name);
  return names.filter((name) => !WORDS.test(name));
}
