import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  attributeAt,
  type Item,
  type Operand,
  type Path,
  type PathOf,
  type Placeholders,
  type Reader,
  readOperand,
  readPath,
  remembered,
} from './expression.ts';

/** An update's path and value. Without a value, the update removes the attribute. */
interface Change {
  readonly path: PathOf;
  readonly value: Operand;
}

/** An update that DynamoDB rejects. */
export class RefusedUpdate extends Error {}

/** Parses updates such as `SET a = :a, b = list_append(b, :b), c = if_not_exists(d, :d) ADD e :e REMOVE f.g`. */
const readUpdate = remembered((reader) => {
  const changes: Change[] = [];
  while (reader.next !== undefined) {
    const readOne = CLAUSES[reader.take().toUpperCase()];
    if (!readOne) throw reader.error('such a clause');
    do changes.push(readOne(reader));
    while (reader.takes(','));
  }
  return changes;
});

export function placeholdersOf(expression: string): ReadonlySet<string> {
  return readUpdate(expression).placeholders;
}

/** Checks an update without the item. @throws RefusedUpdate */
export function checkUpdate(expression: string, placeholders: Placeholders): void {
  const paths = readUpdate(expression).run.map(({ path }) => path(placeholders));
  // Most paths differ in their first step.
  if (new Set(paths.map(([first]) => first)).size === paths.length) return;
  paths.forEach((path, index) => {
    if (paths.some((other, n) => n !== index && startsWith(path, other))) {
      refuse('Invalid UpdateExpression: Two document paths overlap with each other');
    }
  });
}

/** Changes the item. All values derive from its state before the update. @throws RefusedUpdate */
export function applyUpdate(expression: string, item: Item, placeholders: Placeholders): void {
  const changes = readUpdate(expression).run.map(
    ({ path, value }) => [path(placeholders), value(item, placeholders)] as const,
  );
  for (const [path, value] of changes) put(item, path, value);
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}

function put(item: Item, path: Path, value: AttributeValue | undefined): void {
  const parent = attributeAt(item, path.slice(0, -1))?.M;
  if (!parent) refuse('The document path provided in the update expression is invalid for update');
  const name = path.at(-1) ?? '';
  if (value === undefined) delete parent[name];
  else parent[name] = value;
}

const CLAUSES: Readonly<Record<string, (reader: Reader) => Change>> = {
  SET: readSet,
  ADD: readAdd,
  REMOVE: (reader) => ({ path: readPath(reader), value: () => undefined }),
};

function readSet(reader: Reader): Change {
  const path = readPath(reader);
  reader.expect('=');
  const value = reader.takes('IF_NOT_EXISTS') ? readDefault(reader) : readAppended(reader);
  return {
    path,
    value: (...args) =>
      value(...args) ?? refuse('The provided expression refers to an attribute that does not exist in the item'),
  };
}

function readDefault(reader: Reader): Operand {
  reader.expect('(');
  const value = readOperand(reader);
  reader.expect(',');
  const otherwise = readOperand(reader);
  reader.expect(')');
  return (...args) => value(...args) ?? otherwise(...args);
}

function readAppended(reader: Reader): Operand {
  if (!reader.takes('LIST_APPEND')) return readOperand(reader);
  reader.expect('(');
  const first = readOperand(reader);
  reader.expect(',');
  const second = readOperand(reader);
  reader.expect(')');
  return (...args) => {
    const lists = [first(...args), second(...args)];
    if (lists.includes(undefined)) return undefined;
    return { L: lists.flatMap((list) => list?.L ?? refuse('Incorrect operand type for list_append')) };
  };
}

function readAdd(reader: Reader): Change {
  const path = readPath(reader);
  const operand = readOperand(reader);
  const value: Operand = (item, placeholders) => {
    const { N: before } = attributeAt(item, path(placeholders)) ?? { N: '0' };
    const by = operand(item, placeholders)?.N;
    if (before === undefined || by === undefined)
      refuse('An operand in the update expression has an incorrect data type');
    return { N: String(Number(before) + Number(by)) };
  };
  return { path, value };
}

function refuse(message: string): never {
  throw new RefusedUpdate(message);
}
