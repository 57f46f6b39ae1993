import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { writeOnce } from '../use-cases/own-write.ts';
import type { Table } from './table.ts';

export type Item = Record<string, AttributeValue>;

/** Expressions of one conditional write. */
interface Expressions {
  /** Terms joined by AND. An OR needs parentheses. DynamoDB refuses redundant ones. */
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

interface UpdateExpressions extends Expressions {
  readonly UpdateExpression: string;
}

/**
 * Attributes with the tokens of an item's last writes, newest first. Several, because other processes may write before
 * a client repeats its write.
 */
const MARKS = ['write1', 'write2', 'write3', 'write4'] as const;
const [NEWEST] = MARKS;

/** Reads an item consistently. */
export async function readItem(table: Table, id: string): Promise<Item | undefined> {
  const item = await readMarked(table, id);
  return item && withoutMarks(item);
}

/**
 * Changes an item by one conditional write, which takes effect at most once. The write leaves a token in the item, and
 * its condition refuses an item that has the token. So the SDK may repeat it. If its answer is lost, or the item
 * refuses the repeat, this function reads the item and finds the token.
 *
 * @returns the item after the write; undefined if the condition did not hold
 * @throws what DynamoDB answers, if the item does not show that the write took effect
 */
export async function updateItem(table: Table, id: string, expressions: UpdateExpressions): Promise<Item | undefined> {
  const token = tokenFor(table);
  const request = { TableName: table.table, Key: { id: { S: id } }, ReturnValues: 'ALL_NEW' as const };
  return recognised(table, id, token, async () => {
    const { Attributes } = await table.client.send(
      new UpdateItemCommand({ ...request, ...markedUpdate(expressions, token) }),
    );
    return Attributes ?? {};
  });
}

/**
 * Stores a whole item by one conditional write, as {@link updateItem} does.
 *
 * @returns whether the condition held
 */
export async function putItem(table: Table, item: Item, expressions: Expressions): Promise<boolean> {
  const token = tokenFor(table);
  const Item = { ...item, [NEWEST]: { S: token } };
  const stored = await recognised(table, item.id?.S ?? '', token, async () => {
    await table.client.send(new PutItemCommand({ TableName: table.table, Item, ...marked(expressions, token) }));
    return Item;
  });
  return stored !== undefined;
}

/** Makes a write. If it seems to fail, finds out from the item whether it took effect. */
async function recognised(
  table: Table,
  id: string,
  token: string,
  write: () => Promise<Item>,
): Promise<Item | undefined> {
  const item = await writeOnce({
    write: () =>
      write().catch((error: unknown) => {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }),
    async find() {
      const current = await readMarked(table, id);
      return current && MARKS.some((mark) => current[mark]?.S === token) ? current : undefined;
    },
  });
  return item && withoutMarks(item);
}

async function readMarked({ client, table: TableName }: Table, id: string): Promise<Item | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }));
  return Item;
}

function tokenFor({ newToken = () => randomBytes(9).toString('base64url') }: Table): string {
  return newToken();
}

function markedUpdate({ UpdateExpression, ...rest }: UpdateExpressions, token: string): UpdateExpressions {
  const shifts = MARKS.map((mark, n) => {
    const before = MARKS[n - 1];
    return before === undefined ? `#${mark} = :write` : `#${mark} = if_not_exists(#${before}, :write)`;
  }).join(', ');
  const isSetting = UpdateExpression.startsWith('SET ');
  const others = isSetting ? `, ${UpdateExpression.slice('SET '.length)}` : ` ${UpdateExpression}`;
  return { ...marked(rest, token), UpdateExpression: `SET ${shifts}${others}` };
}

/** Refuses an item that this write has changed already. */
function marked({ ConditionExpression, ...rest }: Expressions, token: string): Expressions {
  const isNew = MARKS.map((mark) => `#${mark} <> :write`).join(' AND ');
  return {
    ConditionExpression: ConditionExpression ? `${ConditionExpression} AND ${isNew}` : isNew,
    ExpressionAttributeNames: {
      ...rest.ExpressionAttributeNames,
      ...Object.fromEntries(MARKS.map((mark) => [`#${mark}`, mark])),
    },
    ExpressionAttributeValues: { ...rest.ExpressionAttributeValues, ':write': { S: token } },
  };
}

function withoutMarks(item: Item): Item {
  const marks: readonly string[] = MARKS;
  return Object.fromEntries(Object.entries(item).filter(([name]) => !marks.includes(name)));
}
