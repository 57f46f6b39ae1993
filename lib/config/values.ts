import { inspect } from 'node:util';
import { Duration } from 'aws-cdk-lib';
import * as v from 'valibot';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';

/** What docs/configuration.md says about a type of values. */
export interface ValueDocs {
  /** Unit and range. */
  readonly range: string;
  /** Values that cause its mistakes, one for each. */
  readonly wrong: readonly unknown[];
}

/** Makes the message of a mistake, without the path of the setting. */
export function must(requirement: string): (issue: { readonly input: unknown }) => string {
  return ({ input }) => `must ${requirement}, got ${shown(input)}`;
}

/** A value that meets a condition. Checks the type as well, because Node runs TypeScript without type checks. */
export function matching<T>(
  isValid: (value: unknown) => boolean,
  requirement: string,
  docs?: ValueDocs,
): v.GenericSchema<T> {
  return v.pipe(v.custom<T>(isValid, must(requirement)), v.metadata({ ...docs }));
}

/** A string that matches a pattern. */
export function matchingText(pattern: RegExp, requirement: string, docs?: ValueDocs): v.GenericSchema<string> {
  return matching<string>((value) => typeof value === 'string' && pattern.test(value), requirement, docs);
}

/** Any value, because others check it. */
export function anything<T>(range = 'any'): v.GenericSchema<T> {
  return v.pipe(
    v.custom<T>(() => true),
    v.metadata({ range }),
  );
}

/** A whole number in a range; `why` gives the reason for the lower bound. */
export function whole(least: number, most: number, why?: string): v.GenericSchema<number> {
  return v.pipe(
    v.custom<number>(Number.isInteger, must('be a whole number')),
    v.minValue(least, must(`be at least ${bound(least, why)}`)),
    v.maxValue(most, must(`be at most ${most}`)),
    v.metadata({
      range: `whole number, ${least} to ${grouped(most)}`,
      wrong: [least - 1, most + 1],
    } satisfies ValueDocs),
  );
}

/** A number in a range; `above` is an exclusive bound. */
export function number({
  most,
  ...lower
}: { most: number } & ({ above: number } | { least: number })): v.GenericSchema<number> {
  const { least, isEnough, bounds } =
    'above' in lower
      ? {
          least: lower.above,
          isEnough: (value: number) => value > lower.above,
          bounds: `above ${lower.above}, at most`,
        }
      : { least: lower.least, isEnough: (value: number) => value >= lower.least, bounds: `${lower.least} to` };
  return v.pipe(
    v.custom<number>((value) => typeof value === 'number' && !Number.isNaN(value), must('be a number')),
    v.check(isEnough, must(`be ${'above' in lower ? 'above' : 'at least'} ${least}`)),
    v.maxValue(most, must(`be at most ${most}`)),
    v.metadata({
      range: `number, ${bounds} ${grouped(most)}`,
      wrong: [least - 1, most + 1],
    } satisfies ValueDocs),
  );
}

/** A Duration in a range; `why` gives the reason for a bound. */
export function duration(
  least: Duration,
  most: Duration,
  why: { readonly least?: string; readonly most?: string } = {},
): v.GenericSchema<Duration> {
  const [leastMs, mostMs] = [least.toMilliseconds(), most.toMilliseconds()];
  return v.pipe(
    v.custom<Duration>(isDuration, must('be a Duration such as Duration.minutes(5)')),
    v.custom<Duration>(isWholeMillis, must('be whole milliseconds that are known at synth')),
    v.check((value) => value.toMilliseconds() >= leastMs, must(`be at least ${bound(shown(least), why.least)}`)),
    v.check((value) => value.toMilliseconds() <= mostMs, must(`be at most ${bound(shown(most), why.most)}`)),
    v.metadata({
      range: `Duration, ${brief(least)} to ${brief(most)}`,
      wrong: [Duration.millis(leastMs - 1), Duration.millis(mostMs + 1)],
    } satisfies ValueDocs),
  );
}

/** A Duration of whole units; `why` gives the reason. */
export function inWhole(
  unit: 'seconds' | 'minutes' | 'days',
  schema: v.GenericSchema<Duration>,
  why: string,
): v.GenericSchema<Duration> {
  const unitMs = { seconds: 1_000, minutes: 60_000, days: 86_400_000 }[unit];
  const { range, wrong = [] } = v.getMetadata(schema) as Partial<ValueDocs>;
  return v.pipe(
    schema,
    v.rawCheck(({ dataset: { issues, value }, addIssue }) => {
      if (issues || value.toMilliseconds() % unitMs === 0) return;
      addIssue({ message: must(`be whole ${unit} (${why})`)({ input: value }) });
    }),
    v.metadata({
      range: `${range}, in whole ${unit}`,
      wrong: [...wrong, Duration.millis(2.5 * unitMs)],
    } satisfies ValueDocs),
  );
}

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): v.GenericSchema<Choice> {
  return v.pipe(
    v.picklist(choices, must(`be one of ${choices.map(shown).join(', ')}`)),
    v.metadata({ range: choices.map(code).join(', '), wrong: [undefined] } satisfies ValueDocs),
  );
}

export const trueOrFalse: v.GenericSchema<boolean> = v.pipe(
  v.boolean(must('be true or false')),
  v.metadata({ range: 'true or false', wrong: ['yes'] } satisfies ValueDocs),
);

export const text = matching<string>(
  (value) => typeof value === 'string' && value.trim() !== '',
  'be a non-empty string',
  { range: 'text', wrong: [''] },
);

/** An array with at least one element. */
export function someOf<Input, Output>(
  element: v.GenericSchema<Input, Output>,
): v.GenericSchema<readonly Input[], readonly Output[]> {
  const message = must('be an array with at least one element');
  const { range, wrong = [] } = v.getMetadata(element) as Partial<ValueDocs>;
  return v.pipe(
    v.array(element, message) as v.GenericSchema<readonly Input[], readonly Output[]>,
    v.minLength(1, message),
    v.metadata({ range: `array, each: ${range}`, wrong: [[], ...wrong.map((each) => [each])] } satisfies ValueDocs),
  );
}

/**
 * A Duration of a token is known only after the deployment. One of `NaN` or of half a millisecond has no milliseconds.
 */
function isWholeMillis(value: unknown): boolean {
  if (!isDuration(value) || value.isUnresolved()) return false;
  try {
    return Number.isInteger(value.toMilliseconds());
  } catch {
    return false;
  }
}

/** Tests the shape, because another copy of the CDK has a different class. */
export function isDuration(value: unknown): value is Duration {
  return (
    isPlainObject(value) && typeof value.toMilliseconds === 'function' && typeof value.toHumanString === 'function'
  );
}

/** Formats a value for a message, without the parts of a URL that may hold a secret: user info, query and fragment. */
export function shown(value: unknown): string {
  if (isDuration(value)) return value.toHumanString();
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 100 })
    .replace(/(['"`](?:\w+:\/\/)?).*@/, '$1***@')
    .replace(/([?#]).+(?=['"`])/, '$1***');
}

/** Formats a Duration in its largest whole unit. */
export function brief(value: Duration): string {
  const ms = value.toMilliseconds();
  const units = [
    ['days', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, unitMs] = units.find((each) => ms >= each[1] && ms % each[1] === 0) ?? ['ms', 1];
  const count = ms / unitMs;
  return `${count} ${unit === 'days' && count === 1 ? 'day' : unit}`;
}

/** Groups the digits of a whole number. `toLocaleString` would load the tables of all languages at import. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function bound(value: number | string, why: string | undefined): string {
  return why === undefined ? String(value) : `${value} (${why})`;
}

function code(value: string): string {
  return `\`${shown(value)}\``;
}
