import { type Conditions, type Context, list } from './statement.ts';

/** Whether a request meets all conditions of a statement. @throws Error if an operator isn't known here. */
export function meets(conditions: Conditions | undefined, context: Context): boolean {
  return Object.entries(conditions ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => meetsOne(operator, key, list(expected).map(String), context)),
  );
}

type Test = (actual: string, expected: string) => boolean;

/** Operators that hold if one of the expected values matches. The prefix `Not` reverses each of them. */
const OPERATORS: Readonly<Record<string, Test>> = {
  StringEquals: (actual, expected) => actual === expected,
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  StringLike: (actual, expected) => matches(expected, actual),
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  NumericEquals: (actual, expected) => Number(actual) === Number(expected),
  NumericLessThan: (actual, expected) => Number(actual) < Number(expected),
  NumericLessThanEquals: (actual, expected) => Number(actual) <= Number(expected),
  NumericGreaterThan: (actual, expected) => Number(actual) > Number(expected),
  NumericGreaterThanEquals: (actual, expected) => Number(actual) >= Number(expected),
  DateLessThan: (actual, expected) => Date.parse(actual) < Date.parse(expected),
  DateGreaterThan: (actual, expected) => Date.parse(actual) > Date.parse(expected),
  Bool: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
};

function meetsOne(operator: string, key: string, expected: readonly string[], context: Context): boolean {
  const [, quantity, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const actual = valuesOf(key, context);
  if (name === 'Null') return expected.includes(String(actual === undefined));
  const isReversed = /^(?:String|Arn|Numeric|Date)Not/.test(name);
  const test = OPERATORS[name.replace('Not', '')];
  if (test === undefined) throw new Error(`the condition operator ${operator} is not known here`);
  const holds = (value: string) =>
    expected.some((each) => {
      const wanted = withVariables(each, context);
      return wanted !== undefined && test(value, wanted);
    }) !== isReversed;

  if (quantity === 'ForAllValues') return (actual ?? []).every(holds);
  if (quantity === 'ForAnyValue') return (actual ?? []).some(holds);
  const [value, ...others] = actual ?? [];
  if (value === undefined) return isReversed || ifExists !== undefined;
  if (others.length > 0) throw new Error(`${key} has several values, so ${operator} needs ForAllValues or ForAnyValue`);
  return holds(value);
}

/** Names of keys ignore case. */
function valuesOf(key: string, context: Context): readonly string[] | undefined {
  const [, value] = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase()) ?? [];
  return value === undefined ? undefined : list(value).map(String);
}

const VARIABLE = /\$\{([^},]+)(?:, *'([^']*)')?\}/g;

/** Undefined if a variable has neither a value nor a default: then nothing matches. */
function withVariables(text: string, context: Context): string | undefined {
  let isComplete = true;
  const filled = text.replace(VARIABLE, (_, name: string, standard: string | undefined) => {
    if (name.length === 1) return name;
    const value = valuesOf(name.trim(), context)?.[0] ?? standard;
    isComplete &&= value !== undefined;
    return value ?? '';
  });
  return isComplete ? filled : undefined;
}

/** Whether a text matches a pattern, in which `*` stands for any text and `?` for one character. */
export function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern.length === text.length && startsLike(text, 0, pattern);
  if (!startsLike(text, 0, first)) return false;
  let at = first.length;
  for (const part of rest) {
    while (at + part.length <= text.length && !startsLike(text, at, part)) at++;
    at += part.length;
  }
  return at + last.length <= text.length && startsLike(text, text.length - last.length, last);
}

function startsLike(text: string, from: number, part: string): boolean {
  if (from + part.length > text.length) return false;
  return part.split('').every((unit, at) => unit === '?' || unit === text[from + at]);
}

/** Compares the six parts of an ARN one by one. */
function matchesArn(actual: string, expected: string): boolean {
  const [those, these] = [partsOf(expected), partsOf(actual)];
  return those.length === these.length && those.every((part, at) => matches(part, these[at] ?? ''));
}

function partsOf(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
