/** Returns whether an event matches. */
export type Matcher = (event: unknown) => boolean;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Compiles an EventBridge event pattern. Lambda's filter criteria use the same language.
 * @throws Error if the embedded cloud doesn't know an operator.
 */
export function compilePattern(pattern: unknown): Matcher {
  if (!isFields(pattern)) throw new Error(`an event pattern must be an object, got ${JSON.stringify(pattern)}`);
  const matchers = Object.entries(pattern).map(([field, expected]): Matcher => {
    if (field === '$or' && Array.isArray(expected)) {
      const alternatives = expected.map(compilePattern);
      return (event) => alternatives.some((matches) => matches(event));
    }
    const matches = Array.isArray(expected) ? compileField(expected) : compileNested(expected);
    return (event) => matches(isFields(event) ? event[field] : undefined);
  });
  return (event) => matchers.every((matches) => matches(event));
}

/** An array in the event matches if one of its elements does. */
function compileNested(pattern: unknown): Matcher {
  const matches = compilePattern(pattern);
  return (value) => (Array.isArray(value) ? value.some(matches) : matches(value));
}

function compileField(alternatives: readonly unknown[]): Matcher {
  const matchers = alternatives.map(compileValue);
  return (value) => matchers.some((matches) => matches(value));
}

function compileValue(expected: unknown): Matcher {
  if (!isFields(expected)) return anyElement((value) => value === expected);
  const [[operator, argument] = ['{}'], ...others] = Object.entries(expected);
  if (others.length > 0) throw new Error(`an operator must stand alone, got ${JSON.stringify(expected)}`);
  // EventBridge's `exists` applies only to leaves of the event.
  if (operator === 'exists') return (value) => (value !== undefined && !isFields(value)) === argument;
  if (operator === 'anything-but') return anyElement(compileAnythingBut(argument));
  return anyElement(compileOperator(operator, argument));
}

function compileOperator(operator: string, argument: unknown): Matcher {
  const ignoresCase = isFields(argument) && typeof argument['equals-ignore-case'] === 'string';
  const fold = (text: string) => (ignoresCase || operator === 'equals-ignore-case' ? text.toLowerCase() : text);
  const expected = fold(String(ignoresCase ? argument['equals-ignore-case'] : argument));
  const ofText = (matches: (text: string) => boolean): Matcher => {
    return (value) => typeof value === 'string' && matches(fold(value));
  };
  switch (operator) {
    case 'prefix':
      return ofText((text) => text.startsWith(expected));
    case 'suffix':
      return ofText((text) => text.endsWith(expected));
    case 'equals-ignore-case':
      return ofText((text) => text === expected);
    case 'wildcard': {
      const parts = expected.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      return ofText((text) => new RegExp(`^${parts.join('.*')}$`, 's').test(text));
    }
    case 'numeric':
      return compileNumeric(argument as readonly (string | number)[]);
    default:
      throw new Error(`the embedded cloud does not support the event pattern operator "${operator}"`);
  }
}

function compileAnythingBut(argument: unknown): Matcher {
  if (!isFields(argument)) {
    const excluded = [argument].flat();
    return (value) => value !== undefined && !excluded.includes(value);
  }
  const [operator = '', values] = Object.entries(argument)[0] ?? [];
  const excluded = [values].flat().map((value) => compileOperator(operator, value));
  return (value) => value !== undefined && !excluded.some((matches) => matches(value));
}

/** @param comparisons For example `['>', 0, '<=', 5]`. */
function compileNumeric(comparisons: readonly (string | number)[]): Matcher {
  const matchers: Matcher[] = [];
  for (let index = 0; index < comparisons.length; index += 2) {
    const compare = COMPARISONS[String(comparisons[index])];
    const limit = comparisons[index + 1];
    if (compare === undefined || typeof limit !== 'number')
      throw new Error(`not a numeric comparison in an event pattern: ${JSON.stringify(comparisons)}`);
    matchers.push((value) => typeof value === 'number' && compare(value, limit));
  }
  return (value) => matchers.every((matches) => matches(value));
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '=': (value, limit) => value === limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function anyElement(matches: Matcher): Matcher {
  return (value) => (Array.isArray(value) ? value.some(matches) : matches(value));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
