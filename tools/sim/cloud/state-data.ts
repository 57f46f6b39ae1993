/** What JSONPath reads: the state's data, and the context object under `$$`. */
export interface Scope {
  readonly data: unknown;
  readonly context: unknown;
}

const paths = new Map<string, readonly string[]>();

/** Reads a path such as `$.decision.waitUntil`, `$[0]` or `$$.Task.Token`. @throws Error if the path leads nowhere */
export function read(path: string, { data, context }: Scope): unknown {
  const isContext = path.startsWith('$$');
  let found: unknown = isContext ? context : data;
  for (const step of stepsOf(path)) {
    found = (found as Record<string, unknown> | undefined)?.[step];
    if (found === undefined) throw new Error(`the path ${path} leads nowhere`);
  }
  return found;
}

type Evaluation = (scope: Scope) => unknown;

/** Templates of definitions, each read once. */
const templates = new WeakMap<object, Evaluation>();

/** Fills a template whose keys end with `.$` where a path or an intrinsic function gives the value. */
export function fill(template: unknown, scope: Scope): unknown {
  if (typeof template !== 'object' || template === null) return template;
  const known = templates.get(template) ?? fillingOf(template);
  templates.set(template, known);
  return known(scope);
}

function fillingOf(template: object): Evaluation {
  if (Array.isArray(template)) return (scope) => template.map((each) => fill(each, scope));
  const fields = Object.entries(template).map(([key, value]): readonly [string, Evaluation] =>
    key.endsWith('.$')
      ? [key.slice(0, -2), (scope) => evaluate(String(value), scope)]
      : [key, (scope) => fill(value, scope)],
  );
  return (scope) => {
    const filled: Record<string, unknown> = {};
    for (const [key, valueIn] of fields) filled[key] = valueIn(scope);
    return filled;
  };
}

/** Puts a result into the data: null drops it, `$` replaces the data. */
export function place(data: unknown, result: unknown, path: unknown = '$'): unknown {
  if (path === null) return data;
  const steps = stepsOf(String(path));
  return steps.length === 0 ? result : withAt(data, steps, result);
}

function withAt(data: unknown, [step = '', ...rest]: readonly string[], value: unknown): unknown {
  const fields = (data ?? {}) as Record<string, unknown>;
  return { ...fields, [step]: rest.length === 0 ? value : withAt(fields[step], rest, value) };
}

/** @throws Error if the path is more than a reference */
function stepsOf(path: string): readonly string[] {
  const known = paths.get(path);
  if (known) return known;
  if (!/^\$\$?(?:\.\w+|\[\d+\])*$/.test(path)) throw new Error(`the simulation doesn't read the path ${path}`);
  const steps = path.match(/\w+/g) ?? [];
  paths.set(path, steps);
  return steps;
}

/** Whether a path leads somewhere. */
export function has(path: string, scope: Scope): boolean {
  let found: unknown = path.startsWith('$$') ? scope.context : scope.data;
  for (const step of stepsOf(path)) {
    found = (found as Record<string, unknown> | null | undefined)?.[step];
    if (found === undefined) return false;
  }
  return true;
}

/** A path, or the text of its value as JSON. */
const ARGUMENT = String.raw`(?:\$[^,()]*|States\.JsonToString\(\$[^,()]*\))`;
const FORMAT = new RegExp(String.raw`^States\.Format\('((?:[^'\\]|\\.)*)'((?:, *${ARGUMENT})*)\)$`);

const evaluations = new Map<string, Evaluation>();

/** Reads each expression once, because the same few recur. */
function evaluate(expression: string, scope: Scope): unknown {
  if (expression.startsWith('$')) return read(expression, scope);
  const known = evaluations.get(expression) ?? evaluationOf(expression);
  evaluations.set(expression, known);
  return known(scope);
}

function evaluationOf(expression: string): Evaluation {
  const [, json] = /^States\.JsonToString\((\$[^,()]*)\)$/.exec(expression) ?? [];
  if (json !== undefined) return (scope) => JSON.stringify(read(json, scope));
  const [, text, rest = ''] = FORMAT.exec(expression) ?? [];
  if (text === undefined) throw new Error(`the simulation doesn't know the intrinsic function ${expression}`);
  const values = rest.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
  return (scope) => {
    let next = 0;
    const nextValue = () => String(evaluate(values[next++] ?? '', scope));
    return text.replaceAll(/\\(.)|\{\}/g, (_, escaped?: string) => escaped ?? nextValue());
  };
}
