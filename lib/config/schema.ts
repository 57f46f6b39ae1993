import type { Duration } from 'aws-cdk-lib';
import * as v from 'valibot';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { isDuration, shown } from './values.ts';

/** What docs/configuration.md says about a setting. */
export interface SettingDocs {
  readonly meaning: string;
  /** What limits the range of the type further. */
  readonly also?: string;
  /** What holds without the setting, if that is not a value. */
  readonly absent?: string;
}

type Docs = Omit<SettingDocs, 'meaning'>;

/** Only what a schema takes and gives: its parts would fill pages of declarations. */
type Plain<S extends v.GenericSchema> = v.GenericSchema<v.InferInput<S>, v.InferOutput<S>>;

export function required<const S extends v.GenericSchema>(schema: S, meaning: string, docs?: Docs): Plain<S> {
  return v.pipe(schema, v.metadata({ meaning, ...docs }));
}

export function optional<const S extends v.GenericSchema>(
  schema: S,
  meaning: string,
  docs?: Docs,
): v.OptionalSchema<Plain<S>, undefined> {
  return v.optional(v.pipe(schema, v.metadata({ meaning, ...docs })));
}

/** An optional setting that has a value in any case. */
export function defaulted<const S extends v.GenericSchema, const Default extends v.InferInput<S>>(
  value: Default,
  schema: S,
  meaning: string,
  docs?: Docs,
): v.OptionalSchema<Plain<S>, v.InferInput<S> & NonNullable<unknown>> {
  return v.optional(v.pipe(schema, v.metadata({ meaning, ...docs })), value as v.InferInput<S> & NonNullable<unknown>);
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks the settings of an object against each other, defaults included. Each mistake names its setting, or
 * `undefined` for the object.
 */
export interface Rule {
  readonly check: (input: Fields) => Iterable<readonly [setting: string | undefined, mistake: string]>;
  /** Objects that cause its mistakes, for docs/configuration.md. */
  readonly wrong: readonly object[];
}

/** An object with these settings and no others, because a mistyped name would silently have no effect. */
export function settings<const Entries extends v.ObjectEntries>(
  entries: Entries,
  ...rules: readonly Rule[]
): Plain<v.ObjectSchema<Entries, undefined>> {
  type Input = v.InferInput<v.ObjectSchema<Entries, undefined>>;
  type Output = v.InferOutput<v.ObjectSchema<Entries, undefined>>;
  return v.pipe(
    objectOf<Input>(),
    v.rawTransform<Input, Output>(({ dataset: { value }, addIssue }) => {
      const input = value as Fields;
      for (const name of Object.keys(input).filter((each) => !Object.hasOwn(entries, each))) {
        const message = `valid settings: ${Object.keys(entries).join(', ')}`;
        addIssue({ path: [step(input, name)], expected: UNKNOWN, message });
      }
      const output: Record<string, unknown> = {};
      const filled: Record<string, unknown> = { ...input };
      for (const [name, schema] of Object.entries(entries)) {
        const parsed = parseAt(schema, input[name], addIssue, step(input, name));
        if (parsed !== undefined) output[name] = parsed;
        if (input[name] === undefined) filled[name] = v.getDefault(schema);
      }
      for (const [setting, message] of rules.flatMap(({ check }) => [...check(filled)])) {
        addIssue({ path: setting === undefined ? undefined : [step(input, setting)], message });
      }
      return output as Output;
    }),
    v.metadata({ entries, wrong: rules.flatMap(({ wrong }) => wrong) }),
  );
}

/** An object whose setting `key` tells which variant it is. `suffix` says for what there are only these variants. */
export function byKind<const Key extends string, const Variants extends Readonly<Record<string, v.GenericSchema>>>(
  key: Key,
  variants: Variants,
  meaning: string,
  suffix = '',
): Plain<Variants[keyof Variants]> {
  type Schemas = Variants[keyof Variants];
  return v.pipe(
    objectOf<v.InferInput<Schemas>>(),
    v.rawTransform<v.InferInput<Schemas>, v.InferOutput<Schemas>>(({ dataset: { value }, addIssue, NEVER }) => {
      const kind = (value as Fields)[key];
      const schema = typeof kind === 'string' && Object.hasOwn(variants, kind) ? variants[kind] : undefined;
      if (schema) return parseAt(schema, value, addIssue) as v.InferOutput<Schemas>;
      const choices = Object.keys(variants).map(shown).join(', ');
      addIssue({ path: [step(value, key)], message: `must be one of ${choices}${suffix}, got ${shown(kind)}` });
      return NEVER;
    }),
    v.metadata({ variants, key: { name: key, meaning } }),
  );
}

/** An object with any names. */
export function recordOf<Input, Output>(
  name: v.GenericSchema<string>,
  value: v.GenericSchema<Input, Output>,
  docs: { readonly range: string; readonly wrong: readonly object[] },
): v.GenericSchema<Readonly<Record<string, Input>>, Readonly<Record<string, Output>>> {
  return v.pipe(
    objectOf<Readonly<Record<string, Input>>>(),
    v.rawTransform<Readonly<Record<string, Input>>, Readonly<Record<string, Output>>>(({ dataset, addIssue }) => {
      const input = dataset.value;
      const entries = Object.entries(input).map(([key, each]) => {
        const at = { type: 'object', input, key, value: each } as const;
        parseAt(name, key, addIssue, { ...at, origin: 'key' });
        return [key, parseAt(value, each, addIssue, { ...at, origin: 'value' })] as const;
      });
      return Object.fromEntries(entries) as Readonly<Record<string, Output>>;
    }),
    v.metadata(docs),
  );
}

/** Settings as the handlers read them: every Duration becomes milliseconds, and its name says so. */
export type InMilliseconds<T> = {
  [K in keyof T as Extract<T[K], Duration> extends never ? K : `${K & string}Ms`]: Extract<T[K], Duration> extends never
    ? T[K]
    : number | Exclude<T[K], Duration>;
};

/** Converts the Durations of valid settings. */
export function inMilliseconds<T extends object>(): v.TransformAction<T, InMilliseconds<T>> {
  return v.transform((output: T) => {
    const fields = Object.entries(output).map(([name, value]) =>
      isDuration(value) ? [`${name}Ms`, value.toMilliseconds()] : [name, value],
    );
    return Object.fromEntries(fields) as InMilliseconds<T>;
  });
}

/** Settings that may hold a secret in the wrong place, themselves or below. */
const CREDENTIALS: ReadonlySet<unknown> = new Set(['auth', 'secretName']);

/**
 * Lists every mistake in a value: the path of the setting, what it must be, and the value. Of a credential's setting,
 * it shows only the type.
 */
export function mistakesIn(schema: v.GenericSchema, value: unknown, path = ''): readonly string[] {
  const { issues = [] } = v.safeParse(schema, value);
  return issues.map(({ path: steps = [], expected, message }) => {
    const where = (steps as readonly v.IssuePathItem[]).reduce(extended, path);
    if (expected === UNKNOWN) return `unknown setting '${where}'; ${message}`;
    const isSecretive = CREDENTIALS.has(path) || steps.some(({ key }) => CREDENTIALS.has(key));
    return `${where} ${isSecretive ? withoutValue(message, steps.length > 0 ? steps.at(-1)?.value : value) : message}`.trimStart();
  });
}

function withoutValue(message: string, value: unknown): string {
  return message.replace(/, got [\s\S]*$/, `, got ${kindOf(value)}`);
}

const UNKNOWN = 'never';

function objectOf<T>() {
  // The message omits the value, which may be a credential in the wrong place.
  return v.custom<T>(isPlainObject, ({ input }) => `must be an object, got ${kindOf(input)}`);
}

interface Found {
  readonly path: [v.IssuePathItem, ...v.IssuePathItem[]] | undefined;
  readonly message: string;
  readonly expected?: string;
}

/** Parses a part of a value. Reports the issues as those of the whole. */
function parseAt(
  schema: v.GenericSchema,
  value: unknown,
  addIssue: (issue: Found) => void,
  at?: v.IssuePathItem,
): unknown {
  const { issues = [], output } = v.safeParse(schema, value);
  for (const { path = [], message, expected } of issues) {
    const [first, ...rest] = [...(at ? [at] : []), ...(path as v.IssuePathItem[])];
    addIssue({ path: first && [first, ...rest], message, expected: expected ?? undefined });
  }
  return output;
}

export function step(input: unknown, key: string | number): v.UnknownPathItem {
  return { type: 'unknown', origin: 'value', input, key, value: (input as Fields)[key] };
}

function extended(path: string, { origin, type, key }: v.IssuePathItem): string {
  if (origin === 'key') return `${path}: each key`;
  if (typeof key === 'number') return `${path}[${key}]`;
  // Only names that the user chooses need quotes.
  if (type === 'object' && !/^[\w-]+$/.test(String(key))) return `${path}['${key}']`;
  return path === '' ? String(key) : `${path}.${key}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
