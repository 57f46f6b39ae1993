import type { HttpOperation } from '../../contract/failure.ts';
import type { DependencyKind } from '../../contract/settings.ts';
import { isExecutionPath } from './execution-path.ts';
import { isSendableAttribute } from './message-attributes.ts';
import { wireText } from './wire-text.ts';

/**
 * The field of an operation that doesn't fit the kind of its dependency, and the problem. Holds no values of the
 * operation.
 */
interface OperationProblem {
  readonly field: keyof HttpOperation;
  readonly problem: string;
}

type AwsKind = Exclude<DependencyKind, 'http'>;
type Field = keyof HttpOperation;

/** Allowed fields of an operation, by kind. */
const FIELDS: Readonly<Record<AwsKind, readonly Field[]>> = {
  lambda: ['method', 'path', 'body', 'bodyClaim', 'resourceId'],
  'state-machine': ['method', 'path', 'resourceId'],
  queue: ['method', 'path', 'body', 'bodyClaim', 'query', 'resourceId'],
};
const NAMES: Readonly<Record<AwsKind, string>> = {
  lambda: 'a function',
  'state-machine': 'a state machine',
  queue: 'a queue',
};

/** SQS allows ten attributes, and Backstop uses one. */
const MAX_ATTRIBUTES = 9;
const GROUP = /^[\x21-\x7e]{1,128}$/;

/** Finds the first field of an operation that doesn't fit the kind of its dependency. */
export function findOperationProblem(kind: DependencyKind, operation: HttpOperation): OperationProblem | undefined {
  const unsendable = findUnsendableText(kind, operation);
  if (kind === 'http' || unsendable) return unsendable;
  const { method, path } = operation;
  if (method !== 'POST') return { field: 'method', problem: `must be POST for ${NAMES[kind]}` };
  const isPath = kind === 'state-machine' ? isExecutionPath(path) : path === '/';
  if (!isPath) {
    const expected = kind === 'state-machine' ? '/executions/<name>/redrive' : '/';
    return { field: 'path', problem: `must be ${expected} for ${NAMES[kind]}` };
  }
  const foreign = presentFields(operation).find((field) => !FIELDS[kind].includes(field));
  if (foreign) return { field: foreign, problem: `must be absent for ${NAMES[kind]}` };
  return kind === 'queue' ? findMessageProblem(operation) : undefined;
}

/** UTF-8 can't hold half of a surrogate pair. JSON text can, as an escape. */
function findUnsendableText(kind: DependencyKind, { body }: HttpOperation): OperationProblem | undefined {
  if (kind === 'lambda' || body === undefined || wireText(body).isWellFormed()) return undefined;
  return { field: 'body', problem: 'must not be a text with half of a surrogate pair' };
}

function presentFields(operation: HttpOperation): readonly Field[] {
  const fields: Readonly<Record<Field, unknown>> = { ...ABSENT, ...operation };
  return ALL_FIELDS.filter((field) => fields[field] !== undefined);
}

const ALL_FIELDS = [
  'method',
  'path',
  'query',
  'headers',
  'body',
  'bodyClaim',
  'resourceId',
  'ifMatch',
  'base',
  'checkpoint',
] as const satisfies readonly Field[];
const ABSENT = {
  query: undefined,
  headers: undefined,
  body: undefined,
  bodyClaim: undefined,
  resourceId: undefined,
  ifMatch: undefined,
  base: undefined,
  checkpoint: undefined,
};

function findMessageProblem({ body, bodyClaim, query = {}, resourceId }: HttpOperation): OperationProblem | undefined {
  const isEmpty = body === undefined ? bodyClaim === undefined : wireText(body) === '';
  if (isEmpty) return { field: 'body', problem: 'is required for a queue' };
  if (resourceId !== undefined && !GROUP.test(resourceId)) {
    return { field: 'resourceId', problem: 'must be 1 to 128 printable ASCII characters without spaces for a queue' };
  }
  const attributes = Object.entries(query);
  if (attributes.length > MAX_ATTRIBUTES) {
    return { field: 'query', problem: `must have at most ${MAX_ATTRIBUTES} attributes for a queue` };
  }
  if (attributes.every(([key, value]) => isSendableAttribute(key, value))) return undefined;
  return { field: 'query', problem: 'must be non-empty SQS attributes for a queue' };
}
