import type { Check } from '../../lambdas/domain/ledger/check.ts';

type Fields = Record<string, unknown>;

/** Evaluates a check of a transition on an item in memory. An absent item has no fields. */
export function holds(check: Check, item: object): boolean {
  if (check.op === 'any') return check.of.some((each) => holds(each, item));
  const found = valueAt(check.path.split('.'), item);
  switch (check.op) {
    case 'absent':
      return found === undefined;
    case 'size':
      return Array.isArray(found) && found.length === check.value;
    case '=':
      return found === check.value;
    case '<>':
      return found !== check.value;
    default:
      return typeof found === typeof check.value && COMPARISONS[check.op](found as string, check.value as string);
  }
}

const COMPARISONS = {
  '<': (found: string, value: string) => found < value,
  '<=': (found: string, value: string) => found <= value,
  '>': (found: string, value: string) => found > value,
  '>=': (found: string, value: string) => found >= value,
};

function valueAt([name = '', ...rest]: readonly string[], item: object): unknown {
  const found = (item as Fields)[name];
  if (rest.length === 0) return found;
  return typeof found === 'object' && found !== null ? valueAt(rest, found) : undefined;
}

export function removeAt([name = '', ...rest]: readonly string[], item: object): void {
  const fields = item as Fields;
  if (rest.length === 0) delete fields[name];
  else removeAt(rest, fields[name] as object);
}

/** Shares nothing with the original, and drops undefined fields. */
export function copyOf<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
