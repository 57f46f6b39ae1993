import * as v from 'valibot';
import type { RunRequest } from './runs.ts';

/** What a request of the page asks for. */
export type Request =
  | {
      readonly kind: 'command';
      readonly args: readonly string[];
      /** A text that the command reads from a file, and the option that names the file. */
      readonly file?: { readonly option: string; readonly text: string } | undefined;
    }
  | ({ readonly kind: 'run' } & RunRequest)
  | { readonly kind: 'pause'; readonly run: string }
  | { readonly kind: 'runs' };

type Endpoint = (input: unknown) => Request;

/** An argument of the tool that can't be taken for an option. */
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][^\s]{0,199}$/, 'must begin with a letter or digit, up to 200'));
const text = v.pipe(v.string(), v.maxLength(500));
const why = v.pipe(text, v.trim(), v.minLength(1, 'give a reason'));
const body = v.pipe(v.string(), v.maxLength(400_000));

const Nothing = v.strictObject({});
const Named = { id: name, dependency: v.optional(name), tenant: v.optional(text) };
const Filter = {
  dependency: v.optional(name),
  tenant: v.optional(text),
  correlationId: v.optional(text),
  verdict: v.optional(text),
  rule: v.optional(text),
  reasons: v.optional(v.pipe(v.array(text), v.maxLength(20))),
  ids: v.optional(v.pipe(v.array(name), v.maxLength(1_000))),
  since: v.optional(text),
  until: v.optional(text),
};
const Search = {
  dependency: v.optional(name),
  tenant: v.optional(text),
  status: v.optional(text),
  rule: v.optional(text),
  text: v.optional(text),
  since: v.optional(text),
  until: v.optional(text),
  page: v.pipe(v.string(), v.regex(/^[\w-]{1,200000}$/)),
};
/** Failures of one page of a list. */
const PAGE_SIZE = '1000';
type FilterInput = v.InferOutput<v.ObjectSchema<typeof Filter, undefined>>;
type SearchInput = v.InferOutput<v.ObjectSchema<typeof Search, undefined>>;
type NamedInput = v.InferOutput<v.ObjectSchema<typeof Named, undefined>>;

/**
 * The operations of the page, by name. Each becomes one command of the tool, with the tool's own checks. The schemas
 * only make sure that no value can become another option.
 */
export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  status: read(['status']),
  incidents: read(['incidents', 'ls']),
  circuits: read(['circuits', 'ls']),
  failures: command(v.strictObject(Search), (search) => ['failures', ...searched(search)]),
  /** Dead letters of a lane that a run does not move, because they came after it had begun. */
  newer: command(v.strictObject({ lane: name, since: text }), ({ lane, since }) => [
    'failures',
    ...option('dependency', lane),
    ...option('dead-since', since),
  ]),
  decisions: read(['decisions', 'ls']),
  rights: read(['whoami']),
  reveal: command(v.strictObject({ ...Named, why }), ({ why, ...named }) => [
    'dlq',
    'show',
    ...failure(named),
    '--reveal',
    ...option('why', why),
  ]),
  audit: command(v.strictObject({ since: text, limit: v.number() }), ({ since, limit }) => [
    'audit',
    ...option('since', since),
    ...option('limit', String(limit)),
  ]),
  trace: command(v.strictObject({ id: name }), ({ id }) => ['trace', id]),
  letter: command(v.strictObject(Named), (named) => ['dlq', 'show', ...failure(named)]),
  decision: command(v.strictObject(Named), (named) => ['decisions', 'show', ...failure(named)]),
  acknowledge: command(v.strictObject({ dependency: name, cause: v.optional(text), why }), (input) => [
    'incidents',
    'ack',
    input.dependency,
    ...option('cause', input.cause),
    ...option('why', input.why),
  ]),
  /** What an action will do to incidents, before it. */
  acknowledges: command(
    v.strictObject({ action: name, dependency: name, filter: v.optional(v.strictObject(Filter)) }),
    ({ action, dependency, filter = {} }) => ['incidents', 'preview', action, dependency, ...conditions(filter)],
  ),
  'force-circuit': command(
    v.strictObject({ circuit: name, to: v.picklist(['open', 'close']), for: name, why }),
    (input) => ['circuits', input.to, input.circuit, ...option('for', input.for), ...option('why', input.why)],
  ),
  'release-circuit': command(v.strictObject({ circuit: name, why }), (input) => [
    'circuits',
    'auto',
    input.circuit,
    ...option('why', input.why),
  ]),
  'turn-lane': command(v.strictObject({ lane: name, paused: v.boolean(), why }), (input) => [
    input.paused ? 'pause' : 'resume',
    input.lane,
    ...option('why', input.why),
  ]),
  'redrive-plan': command(v.strictObject({ lane: name, filter: v.strictObject(Filter) }), ({ lane, filter }) => [
    'dlq',
    'redrive',
    lane,
    '--dry-run',
    ...conditions(filter),
  ]),
  redrive: endpoint(
    v.strictObject({ lane: name, filter: v.strictObject(Filter), rate: v.number(), why }),
    ({ lane, filter, rate, why }) => ({
      kind: 'run',
      what: 'redrive',
      of: lane,
      why,
      args: ['dlq', 'redrive', lane, ...conditions(filter), ...option('rate', String(rate)), ...option('why', why)],
    }),
  ),
  'resume-redrive': endpoint(v.strictObject({ lane: name, why }), ({ lane, why }) => ({
    kind: 'run',
    what: 'redrive',
    of: lane,
    why,
    args: ['dlq', 'redrive', lane, '--resume', ...option('why', why)],
  })),
  discard: endpoint(v.strictObject({ filter: v.strictObject(Filter), of: text, why }), ({ filter, of, why }) => ({
    kind: 'run',
    what: 'discard',
    of,
    why,
    args: ['dlq', 'discard', ...conditions(filter), ...option('why', why)],
  })),
  /** Runs of all operators that are under way. */
  'under-way': read(['dlq', 'runs']),
  'resume-discard': endpoint(v.strictObject({ act: name, of: text, why }), ({ act, of, why }) => ({
    kind: 'run',
    what: 'discard',
    of,
    why,
    args: ['dlq', 'discard', ...option('resume', act), ...option('why', why)],
  })),
  runs: endpoint(Nothing, () => ({ kind: 'runs' })),
  pause: endpoint(v.strictObject({ run: name }), ({ run }) => ({ kind: 'pause', run })),
  edit: endpoint(v.strictObject({ ...Named, merge: body, why: v.optional(why) }), ({ merge, why, ...named }) => ({
    kind: 'command',
    args: ['dlq', 'edit', ...failure(named), ...(why === undefined ? ['--dry-run'] : option('why', why))],
    file: { option: '--merge', text: merge },
  })),
  decide: endpoint(
    v.strictObject({
      ...Named,
      choice: v.picklist(['ours', 'theirs', 'merged', 'abandon']),
      question: name,
      body: v.optional(body),
      why,
    }),
    ({ choice, question, body, why, ...named }) => ({
      kind: 'command',
      args: ['decide', ...failure(named, choice), ...option('question', question), ...option('why', why)],
      file: body === undefined ? undefined : { option: '--body', text: body },
    }),
  ),
};

/** @throws ValiError for an input that does not fit the schema */
function endpoint<Schema extends v.GenericSchema>(
  schema: Schema,
  request: (input: v.InferOutput<Schema>) => Request,
): Endpoint {
  return (input) => request(v.parse(schema, input));
}

function command<Schema extends v.GenericSchema>(
  input: Schema,
  args: (input: v.InferOutput<Schema>) => readonly string[],
): Endpoint {
  return endpoint(input, (parsed) => ({ kind: 'command', args: args(parsed) }));
}

function read(args: readonly string[]): Endpoint {
  return command(Nothing, () => args);
}

/** The value is part of the argument, so it can't be taken for another option. */
function option(option: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`--${option}=${value}`];
}

function failure({ id, dependency, tenant }: NamedInput, ...more: readonly string[]): readonly string[] {
  return [id, ...more, ...option('dependency', dependency), ...option('tenant', tenant)];
}

function conditions(filter: FilterInput): readonly string[] {
  const { dependency, tenant, correlationId, verdict, rule, reasons = [], ids = [], since, until } = filter;
  return [
    ...option('dependency', dependency),
    ...option('tenant', tenant),
    ...option('correlation-id', correlationId),
    ...option('verdict', verdict),
    ...option('rule', rule),
    ...reasons.flatMap((reason) => option('reason', reason)),
    ...ids.flatMap((id) => option('id', id)),
    ...option('since', since),
    ...option('until', until),
  ];
}

function searched({ dependency, tenant, status, rule, text, since, until, page }: SearchInput): readonly string[] {
  return [
    ...option('dependency', dependency),
    ...option('tenant', tenant),
    ...option('status', status),
    ...option('rule', rule),
    ...option('text', text),
    ...option('since', since),
    ...option('until', until),
    ...option('limit', PAGE_SIZE),
    ...option('page', page),
  ];
}
