import * as v from 'valibot';
import { isPlainObject } from '../../contract/json-round-trip.ts';
import { CIRCUIT, DEPENDENCY, FAILURE_ID, TENANT } from '../../contract/names.ts';
import type { OperatorRoute } from '../../contract/operator-routes.ts';
import { namedValues } from '../json/named-values.ts';
import { ACT_RESULTS, MAX_NAME_LENGTH, MAX_WHY_LENGTH } from './act.ts';

/*
 * What an operator may ask of the function, one schema for each operation. Objects are strict: an argument that nobody
 * reads must not look as if it had an effect.
 */

const MAX_ID_LENGTH = 256;
const MAX_FACTS = 20;
/** Characters of all facts as JSON: a filter with the most ids fits, and a record stays below 400 KB. */
const MAX_FACTS_LENGTH = 98_304;
/** Most failures that a filter names. */
export const MAX_IDS = 1_000;
/** A JSON Patch has at most 8 KiB, a merged body 64 KiB, and an event of the bus 256 KiB. The use cases check that. */
const MAX_TEXT_LENGTH = 262_144;
const DAY_MS = 86_400_000;
const MAX_FORCED_DAYS = 7;

function text(most: number) {
  return v.pipe(
    v.string(),
    v.maxLength(most),
    v.check((value) => value.trim() !== '', 'must not be empty'),
  );
}

const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));
const id = v.pipe(v.string(), v.regex(FAILURE_ID));
const cycle = v.pipe(whole(Number.MAX_SAFE_INTEGER), v.minValue(1));
/** Epoch milliseconds. */
const time = v.pipe(v.number(), v.minValue(0), v.maxValue(8.64e15));
const circuit = v.pipe(v.string(), v.regex(CIRCUIT));
const dependency = v.pipe(v.string(), v.regex(DEPENDENCY));
/** Which failure: an id belongs to its dependency and tenant. */
const failure = v.strictObject({ id, dependency, tenant: v.optional(v.pipe(v.string(), v.regex(TENANT))) });
/** The library takes an array for an empty object. */
const object = v.custom<Readonly<Record<string, unknown>>>(isPlainObject);
const facts = v.pipe(
  namedValues(v.union([v.string(), v.number()])),
  v.check((value) => Object.keys(value).length <= MAX_FACTS, `must have at most ${MAX_FACTS} facts`),
  v.check((value) => JSON.stringify(value).length <= MAX_FACTS_LENGTH, 'must be shorter'),
);
const name = v.optional(text(MAX_NAME_LENGTH));
/** Who acts by a name of their own, and why. The principal comes from AWS, never from here. */
const said = { name, why: text(MAX_WHY_LENGTH) };
/** Id of an action that has begun. */
const act = text(MAX_ID_LENGTH);
const strings = v.optional(v.pipe(v.array(text(MAX_ID_LENGTH)), v.maxLength(MAX_IDS), v.readonly()));
/** Which dead letters an action takes. */
export const letterFilter = v.pipe(
  object,
  v.strictObject({
    ids: strings,
    reasons: strings,
    dependency: v.optional(text(MAX_ID_LENGTH)),
    /** The empty text stands for failures without a tenant. */
    tenant: v.optional(v.pipe(v.string(), v.maxLength(MAX_ID_LENGTH))),
    correlationId: v.optional(text(MAX_ID_LENGTH)),
    verdict: v.optional(text(MAX_ID_LENGTH)),
    rule: v.optional(text(MAX_ID_LENGTH)),
    since: v.optional(v.number()),
    until: v.optional(v.number()),
    events: v.optional(v.boolean()),
  }),
);
const patch = v.strictObject({ kind: v.picklist(['json-patch', 'merge-patch']), text: text(MAX_TEXT_LENGTH) });
/** A redrive of a queue: the name of the queue, and the id of the run. */
const lease = { lane: text(MAX_ID_LENGTH), run: text(MAX_ID_LENGTH) };
/** Messages a second. */
const MAX_RATE = 500;
const count = whole(Number.MAX_SAFE_INTEGER);

const SCHEMAS = {
  'force-circuit': v.strictObject({
    ...said,
    circuit,
    to: v.picklist(['open', 'closed']),
    forMs: v.pipe(whole(MAX_FORCED_DAYS * DAY_MS), v.minValue(1_000)),
  }),
  'release-circuit': v.strictObject({ ...said, circuit }),
  'turn-lane': v.strictObject({ ...said, lane: dependency, paused: v.boolean() }),
  /** Without a dependency: the incidents of Backstop itself. Without a cause: all of them. */
  acknowledge: v.strictObject({ ...said, dependency: v.optional(dependency), cause: v.optional(text(MAX_ID_LENGTH)) }),
  decide: v.strictObject({
    ...said,
    failure,
    question: text(MAX_ID_LENGTH),
    choice: v.picklist(['ours', 'theirs', 'merged', 'abandon']),
    body: v.optional(text(MAX_TEXT_LENGTH)),
  }),
  /** `cycle` and `number`: what the operator saw. */
  edit: v.strictObject({
    ...said,
    failure,
    cycle,
    number: cycle,
    patch,
  }),
  /** The operation of a failure, masked. With a patch: also what it would change. */
  view: v.strictObject({ failure, patch: v.optional(patch) }),
  /** The same without masks. */
  reveal: v.strictObject({ ...said, failure, patch: v.optional(patch) }),
  /** Does nothing, so that a caller learns whether AWS lets it use the route. */
  check: v.strictObject({ route: v.picklist(['act', 'view', 'reveal']) }),
  /** `detail`: JSON text of an `Operation Failed` event. */
  send: v.strictObject({ name, detail: text(MAX_TEXT_LENGTH) }),
  /** Begins an action of several steps. */
  begin: v.strictObject({
    ...said,
    action: v.picklist(['redrive', 'discard']),
    dependency: v.optional(dependency),
    failureId: v.optional(id),
    facts: v.optional(facts),
  }),
  discard: v.strictObject({ act, failure, cycle }),
  'allow-cycle': v.strictObject({ act, failure, cycle }),
  'claim-run': v.strictObject({ ...lease, name }),
  'release-run': v.strictObject(lease),
  'begin-run': v.strictObject({
    ...lease,
    act,
    filter: letterFilter,
    rate: v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_RATE)),
    startedAt: time,
    moved: count,
  }),
  'renew-run': v.strictObject({ ...lease, moved: v.optional(count) }),
  'end-run': v.strictObject({
    ...lease,
    state: v.picklist(['interrupted', 'held', 'failed', 'done']),
    moved: count,
  }),
  end: v.strictObject({
    act,
    result: v.picklist(ACT_RESULTS),
    message: v.optional(text(MAX_WHY_LENGTH)),
    facts: v.optional(facts),
  }),
} as const;

export type OperationName = keyof typeof SCHEMAS;

/** Arguments by operation. */
export type OperatorArguments = { readonly [Name in OperationName]: v.InferOutput<(typeof SCHEMAS)[Name]> };

/** The route that takes an operation. AWS allows each route by itself, so no other may take it. */
export function routeOf<Name extends OperationName>(operation: Name, args: OperatorArguments[Name]): OperatorRoute {
  if ('route' in args) return args.route;
  return operation === 'view' || operation === 'reveal' ? operation : 'act';
}

export const OPERATIONS = Object.keys(SCHEMAS) as readonly OperationName[];

/** `request`: id of the request. Its repetitions have the same id, and are done once. */
const Call = v.strictObject({
  operation: v.picklist(OPERATIONS),
  args: v.unknown(),
  request: v.optional(v.pipe(v.string(), v.uuid())),
});

/** An operation with its arguments. */
type OperatorCall = {
  readonly [Name in OperationName]: {
    readonly operation: Name;
    readonly args: OperatorArguments[Name];
    readonly request?: string | undefined;
  };
}[OperationName];

/**
 * @throws ValiError if `call` is not an operation of the operator, or an argument is missing, unknown or out of range
 */
export function parseOperatorCall(call: unknown): OperatorCall {
  const { operation, args, request } = v.parse(Call, call);
  return { operation, args: v.parse(SCHEMAS[operation] as v.GenericSchema, args), request } as OperatorCall;
}
