import * as v from 'valibot';
import { BODY_KEY, MAX_CLAIMED_BYTES } from '../../contract/body-claim.ts';
import { isPlainObject, isStringRecord, jsonRoundTripProblem } from '../../contract/json-round-trip.ts';
import type { JsonText } from '../../contract/json-text.ts';
import { METHODS } from '../../contract/methods.ts';
import { CORRELATION_ID, FAILURE_ID, TENANT } from '../../contract/names.ts';
import { iso } from '../../contract/time.ts';
import { isBodiless, isHeaderSafe, unsafeHeaders, unsafePath } from './http-request.ts';
import { reportedError } from './reported-error.ts';

const MAX_UNDO_STEPS = 50;
const MAX_QUERY_PARAMETERS = 100;
const MAX_QUERY_LENGTH = 8_192;

export function isCorrelationId(value: string): boolean {
  return CORRELATION_ID.test(value);
}

/** Validates with a function that returns the problem, or undefined. */
function checked<T>(problemOf: (value: T) => string | undefined) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    const message = dataset.typed ? problemOf(dataset.value) : undefined;
    if (message) addIssue({ message });
  });
}

type StringRecord = Readonly<Record<string, string>>;

const plainObject = v.custom<Readonly<Record<string, unknown>>>(isPlainObject, 'must be an object');

/**
 * An object schema that treats null as absent and drops unknown fields. Many languages serialize absent fields as null.
 */
function fields<const Entries extends v.ObjectEntries>(entries: Entries) {
  const message = (issue: { readonly received: string }) =>
    issue.received === 'undefined' ? 'is missing' : 'must be an object';
  return v.pipe(plainObject, v.transform(withoutNulls), v.object(entries, message));
}

function withoutNulls(object: Readonly<Record<string, unknown>>) {
  if (!Object.values(object).includes(null)) return object;
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function text(maxLength: number) {
  const message = `must be a string of 1 to ${maxLength} characters`;
  return v.pipe(
    v.string(message),
    v.minLength(1, message),
    maxCharacters(maxLength, message),
    checked<string>(jsonRoundTripProblem),
  );
}

/** Counts as JSON Schema does: a character beyond the first 65,536, such as an emoji, is one. */
function maxCharacters(most: number, message: string) {
  const inUnits = v.maxLength<string, number, string>(most, message);
  const run: (typeof inUnits)['~run'] = (dataset, config) =>
    dataset.typed && hasAtMost(most, dataset.value) ? dataset : inUnits['~run'](dataset, config);
  return { ...inUnits, '~run': run };
}

/** A character has one or two units. */
function hasAtMost(most: number, value: string): boolean {
  return value.length <= most || (value.length <= 2 * most && [...value].length <= most);
}

function matching(pattern: RegExp, expected: string) {
  const message = `must be ${expected}`;
  return v.pipe(v.string(message), v.regex(pattern, message));
}

const record = v.custom<StringRecord>(isStringRecord, 'must be an object of strings');

/** A value that stays a text while the message is parsed. */
const json = v.custom<JsonText>((value) => typeof value === 'string');

const id = matching(FAILURE_ID, '1 to 64 letters, digits, ".", "_" or "-", the first a letter or a digit');

const tenant = matching(TENANT, '1 to 64 letters, digits, ".", "_" or "-"');

const query = v.pipe(
  record,
  checked<StringRecord>(jsonRoundTripProblem),
  checked<StringRecord>((value) => {
    const parts = Object.entries(value);
    const length = parts.reduce((sum, [name, part]) => sum + name.length + part.length, 0);
    if (parts.length <= MAX_QUERY_PARAMETERS && length <= MAX_QUERY_LENGTH) return undefined;
    return `must have at most ${MAX_QUERY_PARAMETERS} parameters and ${MAX_QUERY_LENGTH} characters`;
  }),
);

/** Lowercases header names. */
const headers = v.pipe(
  record,
  checked<StringRecord>(jsonRoundTripProblem),
  checked<StringRecord>((value) => unsafeHeaders(value)),
  v.transform((value) =>
    Object.fromEntries(Object.entries(value).map(([name, content]) => [name.toLowerCase(), content])),
  ),
);

const bytes = `must be a whole number from 1 to ${MAX_CLAIMED_BYTES}`;

const bodyClaim = fields({
  // Only dependency and tenant tell which keys are theirs. A later check knows them.
  key: matching(BODY_KEY, 'a key as bodies/‹dependency›/-/‹token› or bodies/‹dependency›/t-‹tenant›/‹token›'),
  sha256: matching(/^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case'),
  bytes: v.pipe(v.number(bytes), v.integer(bytes), v.minValue(1, bytes), v.maxValue(MAX_CLAIMED_BYTES, bytes)),
});

const operationEntries = {
  method: v.picklist(METHODS, `must be one of ${METHODS.join(', ')}`),
  // Only the dependency's settings tell whether an encoded slash is allowed. A later check knows them.
  path: v.pipe(
    v.string('must be a string'),
    checked<string>((path) => unsafePath(path, { encodedSlashes: true })),
  ),
  query: v.optional(query),
  headers: v.optional(headers),
  body: v.optional(json),
  bodyClaim: v.optional(bodyClaim),
  resourceId: v.optional(text(1_024)),
  ifMatch: v.optional(v.pipe(text(1_024), v.check(isHeaderSafe, 'must be printable ASCII characters'))),
  base: v.optional(json),
  checkpoint: v.optional(text(4_096)),
};

const operation = v.pipe(
  fields(operationEntries),
  v.forward(
    v.check(({ method, body }) => body === undefined || !isBodiless(method), 'must be absent with GET and HEAD'),
    ['body'],
  ),
  v.forward(
    v.check(
      ({ method, body, bodyClaim: claim }) => claim === undefined || (body === undefined && !isBodiless(method)),
      'must be absent with a body, and with GET and HEAD',
    ),
    ['bodyClaim'],
  ),
);

const error = v.pipe(v.unknown(), v.transform(reportedError));

const UNDOES = ['completed-step', 'operation'] as const;

const stepEntries = {
  name: text(128),
  dependency: text(128),
  operation,
  undoes: v.optional(v.picklist(UNDOES, `must be one of ${UNDOES.join(', ')}`)),
};

const undo = v.pipe(
  v.array(fields(stepEntries), 'must be an array'),
  v.maxLength(MAX_UNDO_STEPS, `must have at most ${MAX_UNDO_STEPS} steps`),
  v.check(
    (steps) => steps.filter(({ undoes }) => undoes === 'operation').length <= 1,
    'must have at most one step that undoes the operation',
  ),
);

/** Normalizes to UTC, so that timestamps sort as text. */
const timestamp = v.pipe(
  matching(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i,
    'an RFC 3339 timestamp with its offset from UTC',
  ),
  v.check((value) => !Number.isNaN(Date.parse(value.toUpperCase())), 'must be a valid time'),
  v.transform((value) => iso(value.toUpperCase())),
);

/** Versions of a detail. Version 2 may claim bodies. */
export const FAILURE_VERSIONS = [1, 2] as const;

const failureEntries = {
  version: v.optional(v.picklist(FAILURE_VERSIONS, 'must be 1 or 2'), 1),
  id,
  correlationId: matching(CORRELATION_ID, '1 to 128 printable ASCII characters without spaces'),
  dependency: text(128),
  tenant: v.optional(tenant),
  priority: v.optional(v.picklist(['P1', 'P2', 'P3'], 'must be P1, P2 or P3')),
  occurredAt: timestamp,
  operation,
  error,
  undo: v.optional(undo),
  fallback: v.optional(text(1_024)),
};

/** Detail of an `Operation Failed` event. Covers the checks that need neither clock nor configuration. */
export const failureSchema = v.pipe(
  fields(failureEntries),
  v.forward(
    v.check(
      ({ version, operation: { bodyClaim: claim }, undo: steps = [] }) =>
        version === 2 || (claim === undefined && steps.every((step) => step.operation.bodyClaim === undefined)),
      'must be 2 with a bodyClaim',
    ),
    ['version'],
  ),
);

/** The names of all fields of a detail, of its operations, and of its steps to undo. */
export const FAILURE_FIELDS = {
  failure: Object.keys(failureEntries),
  operation: Object.keys(operationEntries),
  step: Object.keys(stepEntries),
};

/** The fields that Backstop reads from a redriven dead letter. */
export const deadLetterSchema = fields({
  version: v.literal(1, 'must be 1'),
  id,
  cycle: v.pipe(
    v.number('must be a positive integer'),
    v.check((value) => Number.isSafeInteger(value) && value > 0, 'must be a positive integer'),
  ),
  dependency: v.optional(text(128)),
  tenant: v.optional(tenant),
});
