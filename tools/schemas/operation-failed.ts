import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { failureSchema } from '../../lambdas/domain/boundary/failure-schema.ts';
import { HEADER_NAMES } from './header-schema.ts';
import { converted, type JsonSchema } from './json-schema.ts';
import { PATH } from './path-schema.ts';

const HEADER_VALUE = '^[ -~]*$';

/** Midnight may be the end of a day. */
const TIME = [
  '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]',
  '(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?|24:00:00([.]0{1,9})?)',
  '([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$',
].join('');

/** All names and values together have no more, which a schema can't say. */
const MAX_LENGTH = 8_192;

/** What JSON Schema can say of the checks that it has no keyword for, and what the fields mean. By field. */
const ADDED: Readonly<Record<string, JsonSchema>> = {
  version: { description: '2 if an operation claims its body; otherwise 1.' },
  id: { description: 'Idempotency key of the failure: the same id is the same failure. Never random.' },
  correlationId: { description: 'Stands on every log line, event and dead letter of the failure.' },
  dependency: { description: 'Name of a registered dependency.' },
  tenant: { description: 'Your customer, if the failure belongs to one.' },
  priority: { description: "Default: the dependency's." },
  occurredAt: { description: 'RFC 3339 with offset. At most a day ahead.', pattern: TIME },
  error: {
    description: 'How the call failed: name, message, code, statusCode, headers, stack, syscall, cause, errors.',
    type: ['object', 'array', 'string', 'number', 'boolean'],
  },
  undo: {
    description: 'Completed steps in their order, each with the operation that undoes it.',
    contains: { type: 'object', properties: { undoes: { const: 'operation' } }, required: ['undoes'] },
    minContains: 0,
    maxContains: 1,
  },
  fallback: { description: '"none": no fallback answers.' },
  'step.name': { description: 'Alerts and logs show it: no personal data.' },
  'step.dependency': { description: 'Name of a registered dependency.' },
  'step.undoes': { description: '"operation" undoes the failed operation itself. Default: "completed-step".' },
  'operation.path': PATH,
  'operation.query': {
    type: 'object',
    maxProperties: 100,
    propertyNames: { maxLength: MAX_LENGTH, not: { const: '__proto__' } },
    additionalProperties: { type: 'string', maxLength: MAX_LENGTH },
  },
  'operation.headers': {
    type: 'object',
    maxProperties: 50,
    propertyNames: HEADER_NAMES,
    additionalProperties: { type: 'string', maxLength: MAX_LENGTH, pattern: HEADER_VALUE },
  },
  'operation.body': { description: 'Any JSON. A string goes out as its content. Not with GET and HEAD.' },
  'operation.bodyClaim': {
    description:
      'Names the object that holds a body too large for an event. Not with a body, and not with GET and HEAD.',
  },
  'operation.resourceId': { description: "What the operation changes, if the path doesn't tell." },
  'operation.checkpoint': { description: 'Where a paginated read continues.' },
  'operation.ifMatch': { description: 'The version that the write is based on.', pattern: HEADER_VALUE },
  'operation.base': { description: 'The state that the write is based on: any JSON, for merging.' },
};

const NO_BODY = {
  if: { properties: { method: { enum: ['GET', 'HEAD'] } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { properties: { body: { type: 'null' } } },
};

const NULL = { type: 'null' };

const NO_CLAIM_BESIDE_A_BODY = {
  dependentSchemas: {
    bodyClaim: {
      if: { properties: { bodyClaim: { type: 'object' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { body: NULL, method: { not: { enum: ['GET', 'HEAD'] } } } },
    },
  },
};

const CLAIMING = {
  type: 'object',
  properties: {
    operation: { type: 'object', properties: { bodyClaim: { type: 'object' } }, required: ['bodyClaim'] },
  },
  required: ['operation'],
};

const VERSION_OF_CLAIMS = {
  if: {
    anyOf: [
      CLAIMING,
      { type: 'object', properties: { undo: { type: 'array', contains: CLAIMING } }, required: ['undo'] },
    ],
  },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { properties: { version: { const: 2 } }, required: ['version'] },
};

/** The JSON Schema of the detail of an `Operation Failed` event, from the schema of the boundary. */
export function operationFailed(): JsonSchema {
  const { operation } = failureSchema.pipe[0].pipe[2].entries;
  const { $defs, $schema, ...failure } = converted(failureSchema, { operation });
  const used = new Set<string>();
  const described = withAdded(failure, '', used);
  const { operation: call } = $defs as Readonly<Record<string, JsonSchema>>;
  const schema = {
    $schema,
    title: 'Operation Failed, versions 1 and 2',
    description: 'Detail of the event that reports a failure to Backstop. Null counts as absent.',
    ...described,
    ...VERSION_OF_CLAIMS,
    $defs: { operation: { ...withAdded(call ?? {}, 'operation.', used), ...NO_BODY, ...NO_CLAIM_BESIDE_A_BODY } },
  };
  const unused = Object.keys(ADDED).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`no such field: ${unused.join(', ')}`);
  return schema;
}

/**
 * Adds the table's keywords to each property. Lets optional ones be null, since many languages write absent fields so.
 */
function withAdded(object: JsonSchema, prefix: string, used: Set<string>): JsonSchema {
  const { properties = {}, required = [] } = object;
  const entries = Object.entries(properties).map(([name, property]) => {
    const path = prefix + name;
    used.add(path);
    const full = { ...withItems(property, used), ...ADDED[path] };
    return [name, required.includes(name) ? full : orNull(full)] as const;
  });
  return { ...object, properties: Object.fromEntries(entries) };
}

/** The only arrays are the steps to undo. */
function withItems(property: JsonSchema, used: Set<string>): JsonSchema {
  return isPlainObject(property.items) ? { ...property, items: withAdded(property.items, 'step.', used) } : property;
}

function orNull({ const: only, ...schema }: JsonSchema): JsonSchema {
  if (only !== undefined) return { ...schema, enum: [only, null] };
  if (Array.isArray(schema.enum)) return { ...schema, enum: [...schema.enum, null] };
  return typeof schema.type === 'string' ? { ...schema, type: [schema.type, 'null'] } : schema;
}
