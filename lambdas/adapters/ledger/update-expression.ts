import { marshall } from '@aws-sdk/util-dynamodb';
import type { Check } from '../../domain/ledger/check.ts';

interface Change {
  readonly set?: Readonly<Record<string, unknown>>;
  /** Attributes to remove, or paths such as `question.answer`. */
  readonly remove?: readonly string[];
  /** Elements to append to lists. */
  readonly append?: Readonly<Record<string, readonly unknown[]>>;
  /** All must hold. */
  readonly condition: readonly Check[];
}

/** Builds the expressions of one conditional UpdateItem. Omits undefined values. */
export function updateExpression({ set = {}, remove = [], append = {}, condition }: Change) {
  const present = Object.entries(set).filter(([, value]) => value !== undefined);
  const appended = Object.entries(append).filter(([, elements]) => elements.length > 0);
  const sets = [
    ...present.map(([name]) => `#${name} = :${name}`),
    ...appended.map(([name]) => `#${name} = list_append(#${name}, :${name})`),
  ];
  const clauses = [clause('SET', sets), clause('REMOVE', remove.map(pathOf))].filter((text) => text !== '');
  const { text, values } = conditionText(condition);
  const UpdateExpression = clauses.join(' ');
  return {
    UpdateExpression,
    ...expressionOf(text, { ...values, ...placeholders([...present, ...appended]) }, UpdateExpression),
  };
}

/** Builds the expressions of one conditional PutItem. */
export function putCondition(condition: readonly Check[]) {
  const { text, values } = conditionText(condition);
  return expressionOf(text, values);
}

function expressionOf(condition: string, values: Readonly<Record<string, unknown>>, update = '') {
  const named = new Set(`${update} ${condition}`.match(/#\w+/g));
  return {
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries([...named].map((name) => [name, name.slice(1)])),
    // DynamoDB rejects an empty map of values.
    ExpressionAttributeValues:
      Object.keys(values).length === 0 ? undefined : marshall(values, { removeUndefinedValues: true }),
  };
}

/** Writes checks as text. The names of their values differ from those of attributes. */
function conditionText(condition: readonly Check[]) {
  const values: Record<string, unknown> = {};
  const placeholder = (value: unknown) => {
    const name = `:check${Object.keys(values).length}`;
    values[name] = value;
    return name;
  };
  const textOf = (check: Check): string => {
    switch (check.op) {
      case 'any':
        return `(${check.of.map(textOf).join(' OR ')})`;
      case 'absent':
        return `attribute_not_exists(${pathOf(check.path)})`;
      case 'size':
        return `size(${pathOf(check.path)}) = ${placeholder(check.value)}`;
      default:
        return `${pathOf(check.path)} ${check.op} ${placeholder(check.value)}`;
    }
  };
  return { text: condition.map(textOf).join(' AND '), values };
}

function clause(keyword: string, parts: readonly string[]): string {
  return parts.length === 0 ? '' : `${keyword} ${parts.join(', ')}`;
}

function placeholders(fields: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value]));
}

function pathOf(name: string): string {
  return name
    .split('.')
    .map((part) => `#${part}`)
    .join('.');
}
