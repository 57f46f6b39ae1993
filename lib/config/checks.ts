import { inspect } from 'node:util';
import type { Duration } from 'aws-cdk-lib';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';

/**
 * Yields one message for each mistake in a value, as `<path> must …, got …`. Checks types as well, because Node runs
 * TypeScript without type checks.
 */
export type Check = (path: string, value: unknown) => Iterable<string>;

/** Accepts any value. */
export const anything: Check = () => [];

/** Accepts `undefined`, otherwise runs the check. */
export function optional(check: Check): Check {
  return (path, value) => (value === undefined ? [] : check(path, value));
}

/** Checks a whole number in a range; `why` gives the reason for a bound. */
export function whole(least: number, most: number, why: { readonly least?: string } = {}): Check {
  return function* (path, value) {
    if (!Number.isInteger(value)) yield `${path} must be a whole number, got ${shown(value)}`;
    else if (Number(value) < least) yield `${path} must be at least ${bound(least, why.least)}, got ${shown(value)}`;
    else if (Number(value) > most) yield `${path} must be at most ${most}, got ${shown(value)}`;
  };
}

/** Checks a number in a range; `above` is an exclusive bound. */
export function number({ above, least, most }: { above?: number; least?: number; most: number }): Check {
  return function* (path, value) {
    if (typeof value !== 'number' || Number.isNaN(value)) yield `${path} must be a number, got ${shown(value)}`;
    else if (above !== undefined && value <= above) yield `${path} must be above ${above}, got ${shown(value)}`;
    else if (least !== undefined && value < least) yield `${path} must be at least ${least}, got ${shown(value)}`;
    else if (value > most) yield `${path} must be at most ${most}, got ${shown(value)}`;
  };
}

/** Checks a Duration in a range; `why` gives the reason for a bound. */
export function duration(
  least: Duration,
  most: Duration,
  why: { readonly least?: string; readonly most?: string } = {},
): Check {
  return function* (path, value) {
    if (!isDuration(value)) {
      yield `${path} must be a Duration such as Duration.minutes(5), got ${shown(value)}`;
    } else if (value.toMilliseconds() < least.toMilliseconds()) {
      yield `${path} must be at least ${bound(shown(least), why.least)}, got ${shown(value)}`;
    } else if (value.toMilliseconds() > most.toMilliseconds()) {
      yield `${path} must be at most ${bound(shown(most), why.most)}, got ${shown(value)}`;
    }
  };
}

/** Runs the check, then requires a whole number of units; `why` gives the reason. */
export function inWhole(unit: 'seconds' | 'minutes', check: Check, why: string): Check {
  const unitMs = { seconds: 1_000, minutes: 60_000 }[unit];
  return function* (path, value) {
    const mistakes = [...check(path, value)];
    yield* mistakes;
    if (mistakes.length === 0 && isDuration(value) && value.toMilliseconds() % unitMs !== 0) {
      yield `${path} must be whole ${unit} (${why}), got ${shown(value)}`;
    }
  };
}

export function oneOf(...choices: readonly string[]): Check {
  return function* (path, value) {
    if (typeof value === 'string' && choices.includes(value)) return;
    yield `${path} must be one of ${choices.map(shown).join(', ')}, got ${shown(value)}`;
  };
}

export const trueOrFalse: Check = function* (path, value) {
  if (typeof value !== 'boolean') yield `${path} must be true or false, got ${shown(value)}`;
};

export const text: Check = function* (path, value) {
  if (typeof value !== 'string' || value.trim() === '') yield `${path} must be a non-empty string, got ${shown(value)}`;
};

/** Checks each element of an array, which must have at least one. */
export function someOf(check: Check): Check {
  return function* (path, value) {
    if (!Array.isArray(value) || value.length === 0) {
      yield `${path} must be an array with at least one element, got ${shown(value)}`;
      return;
    }
    for (const [index, element] of value.entries()) yield* check(`${path}[${index}]`, element);
  };
}

/** Checks the fields of an object and rejects all others, because a mistyped name would silently have no effect. */
export function fields<T>(checks: Readonly<Record<keyof T & string, Check>>): Check {
  const known = Object.entries<Check>(checks);
  return function* (path, value) {
    if (!isPlainObject(value)) {
      // The message omits the value, which may be a credential in the wrong place.
      yield `${path} must be an object, got ${kindOf(value)}`.trimStart();
      return;
    }
    const within = (name: string) => (path === '' ? name : `${path}.${name}`);
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(checks, name)) continue;
      yield `unknown setting '${within(name)}'; valid settings: ${known.map(([setting]) => setting).join(', ')}`;
    }
    for (const [name, check] of known) yield* check(within(name), value[name]);
  };
}

/** Tests the shape, because another copy of the CDK has a different class. */
export function isDuration(value: unknown): value is Duration {
  return (
    isPlainObject(value) && typeof value.toMilliseconds === 'function' && typeof value.toHumanString === 'function'
  );
}

/** Formats a value for a message, without the user info of a URL. */
export function shown(value: unknown): string {
  if (isDuration(value)) return value.toHumanString();
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 100 }).replace(
    /\/\/[^/@]*@/,
    '//***@',
  );
}

function bound(value: number | string, why: string | undefined): string {
  return why === undefined ? String(value) : `${value} (${why})`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
