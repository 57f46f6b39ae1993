import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  attributeAt,
  type Condition,
  type Operand,
  type Reader,
  readOperand,
  readPath,
  remembered,
} from './expression.ts';

/** Parses conditions such as `a = :a AND (attribute_not_exists(b) OR NOT size(c) < :c)`. */
export const readCondition = remembered(readOr);

function readOr(reader: Reader): Condition {
  const either = [readAnd(reader)];
  while (reader.takes('OR')) either.push(readAnd(reader));
  return (...args) => either.some((holds) => holds(...args));
}

function readAnd(reader: Reader): Condition {
  const all = [readNot(reader)];
  while (reader.takes('AND')) all.push(readNot(reader));
  return (...args) => all.every((holds) => holds(...args));
}

function readNot(reader: Reader): Condition {
  if (reader.takes('NOT')) {
    const holds = readNot(reader);
    return (...args) => !holds(...args);
  }
  return reader.takes('(') ? readGroup(reader) : readTest(reader);
}

/** @throws Error for redundant parentheses, which DynamoDB refuses */
function readGroup(reader: Reader): Condition {
  const from = reader.position;
  const holds = readOr(reader);
  if (reader.lastGroup.from === from + 1 && reader.lastGroup.to === reader.position)
    throw reader.error('redundant parentheses');
  reader.expect(')');
  reader.lastGroup = { from, to: reader.position };
  return holds;
}

function readTest(reader: Reader): Condition {
  if (reader.takes('ATTRIBUTE_EXISTS')) return readExists(reader);
  if (reader.takes('ATTRIBUTE_NOT_EXISTS')) {
    const exists = readExists(reader);
    return (...args) => !exists(...args);
  }
  if (reader.takes('ATTRIBUTE_TYPE')) return readPair(reader, (value, type) => Object.keys(value)[0] === type.S);
  if (reader.takes('BEGINS_WITH'))
    return readPair(reader, (value, start) => value.S?.startsWith(start.S ?? '') ?? false);
  return readComparison(reader);
}

function readExists(reader: Reader): Condition {
  reader.expect('(');
  const path = readPath(reader);
  reader.expect(')');
  return (item, placeholders) => attributeAt(item, path(placeholders)) !== undefined;
}

function readPair(reader: Reader, holds: (left: AttributeValue, right: AttributeValue) => boolean): Condition {
  reader.expect('(');
  const left = readOperand(reader);
  reader.expect(',');
  const right = readOperand(reader);
  reader.expect(')');
  return (...args) => {
    const [a, b] = [left(...args), right(...args)];
    return a !== undefined && b !== undefined && holds(a, b);
  };
}

function readComparison(reader: Reader): Condition {
  const left = readComparable(reader);
  const comparator = reader.take();
  const right = readComparable(reader);
  const holds = COMPARATORS[comparator];
  if (!holds) throw reader.error(comparator);
  return (...args) => holds(left(...args), right(...args));
}

function readComparable(reader: Reader): Operand {
  if (!reader.takes('SIZE')) return readOperand(reader);
  reader.expect('(');
  const operand = readOperand(reader);
  reader.expect(')');
  return (...args) => {
    const value = operand(...args);
    const size = value?.S?.length ?? value?.L?.length ?? (value?.M && Object.keys(value.M).length);
    return size === undefined ? undefined : { N: String(size) };
  };
}

type Comparator = (left: AttributeValue | undefined, right: AttributeValue | undefined) => boolean;

/** A comparison with an absent attribute is false. */
const COMPARATORS: Readonly<Record<string, Comparator>> = {
  '=': equal,
  '<>': (left, right) => !equal(left, right),
  '<': (left, right) => (order(left, right) ?? 0) < 0,
  '<=': (left, right) => (order(left, right) ?? 1) <= 0,
  '>': (left, right) => (order(left, right) ?? 0) > 0,
  '>=': (left, right) => (order(left, right) ?? -1) >= 0,
};

function equal(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  if (left.S !== undefined) return left.S === right.S;
  if (left.N !== undefined) return right.N !== undefined && Number(left.N) === Number(right.N);
  if (left.L || left.M || right.L || right.M) throw new Error('memory tables compare no lists and no maps');
  return isDeepStrictEqual(left, right);
}

/** Negative if the left value comes first. Undefined for values of different types. */
export function order(left: AttributeValue | undefined, right: AttributeValue | undefined): number | undefined {
  if (left?.N !== undefined && right?.N !== undefined) return Number(left.N) - Number(right.N);
  if (left?.S !== undefined && right?.S !== undefined) return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
  return undefined;
}
