import { marshall } from '@aws-sdk/util-dynamodb';

export interface Change {
  readonly set?: Readonly<Record<string, unknown>>;
  /** Attributes to remove, or paths such as `question.answer`. */
  readonly remove?: readonly string[];
  /** Elements to append to lists. */
  readonly append?: Readonly<Record<string, readonly unknown[]>>;
  /** Condition expression; every `#name` stands for the attribute of that name. */
  readonly condition: string;
  /** Values that only the condition uses. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Builds the expressions of one conditional UpdateItem. Omits undefined values. */
export function updateExpression({ set = {}, remove = [], append = {}, condition, values = {} }: Change) {
  const present = Object.entries(set).filter(([, value]) => value !== undefined);
  const sets = [
    ...present.map(([name]) => `#${name} = :${name}`),
    ...Object.keys(append).map((name) => `#${name} = list_append(#${name}, :${name})`),
  ];
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(remove.length > 0 ? [`REMOVE ${remove.map(pathOf).join(', ')}`] : []),
  ];
  const named = new Set([...clauses, condition].join(' ').match(/#\w+/g));
  const all = { ...Object.fromEntries(present), ...append, ...values };
  return {
    UpdateExpression: clauses.join(' '),
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries([...named].map((name) => [name, name.slice(1)])),
    ExpressionAttributeValues: marshall(
      Object.fromEntries(Object.entries(all).map(([name, value]) => [`:${name}`, value])),
      { removeUndefinedValues: true },
    ),
  };
}

function pathOf(name: string): string {
  return name
    .split('.')
    .map((part) => `#${part}`)
    .join('.');
}
