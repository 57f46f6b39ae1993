import type { HttpOperation } from '../../contract/failure.ts';
import type { DependencyKind } from '../../contract/settings.ts';
import { isExecutionPath } from './execution-name.ts';
import { SENT_BY } from './message-attributes.ts';

/** What does not suit the kind of a dependency in an operation, and where. Holds nothing that the operation brought. */
export interface Unsuitable {
  readonly field: keyof HttpOperation;
  readonly problem: string;
}

type AwsKind = Exclude<DependencyKind, 'http'>;
type Field = keyof HttpOperation;

/** What an operation of each kind may hold. */
const FIELDS: Readonly<Record<AwsKind, readonly Field[]>> = {
  lambda: ['method', 'path', 'body', 'resourceId'],
  'state-machine': ['method', 'path', 'resourceId'],
  queue: ['method', 'path', 'body', 'query', 'resourceId'],
};
const NAMES: Readonly<Record<AwsKind, string>> = {
  lambda: 'a function',
  'state-machine': 'a state machine',
  queue: 'a queue',
};

/** SQS takes ten attributes, and one is Backstop's own. */
const MAX_ATTRIBUTES = 9;
/** Name of an attribute, and its type where that is another than text. */
const ATTRIBUTE = /^(?!(?:aws|amazon)\.)[\w-]+(?:\.[\w-]+)*(?::Number)?$/i;
const GROUP = /^[\x21-\x7e]{1,128}$/;

/** What an operation holds that the kind of its dependency has no place for, if anything. */
export function unsuitableFor(kind: DependencyKind, operation: HttpOperation): Unsuitable | undefined {
  if (kind === 'http') return undefined;
  const { method, path } = operation;
  if (method !== 'POST') return { field: 'method', problem: `must be POST for ${NAMES[kind]}` };
  const isPath = kind === 'state-machine' ? isExecutionPath(path) : path === '/';
  if (!isPath) {
    const expected = kind === 'state-machine' ? '/executions/<name>/redrive' : '/';
    return { field: 'path', problem: `must be ${expected} for ${NAMES[kind]}` };
  }
  const foreign = present(operation).find((field) => !FIELDS[kind].includes(field));
  if (foreign) return { field: foreign, problem: `must be absent for ${NAMES[kind]}` };
  return kind === 'queue' ? unsuitableMessage(operation) : undefined;
}

function present(operation: HttpOperation): readonly Field[] {
  const fields: Readonly<Record<Field, unknown>> = { ...ABSENT, ...operation };
  return ALL_FIELDS.filter((field) => fields[field] !== undefined);
}

const ALL_FIELDS = [
  'method',
  'path',
  'query',
  'headers',
  'body',
  'resourceId',
  'ifMatch',
  'base',
  'checkpoint',
] as const satisfies readonly Field[];
const ABSENT = {
  query: undefined,
  headers: undefined,
  body: undefined,
  resourceId: undefined,
  ifMatch: undefined,
  base: undefined,
  checkpoint: undefined,
};

function unsuitableMessage({ body, query = {}, resourceId }: HttpOperation): Unsuitable | undefined {
  if (body === undefined || body === '') return { field: 'body', problem: 'is required for a queue' };
  if (resourceId !== undefined && !GROUP.test(resourceId)) {
    return { field: 'resourceId', problem: 'must be 1 to 128 printable ASCII characters without spaces for a queue' };
  }
  const attributes = Object.entries(query);
  if (attributes.length > MAX_ATTRIBUTES) {
    return { field: 'query', problem: `must have at most ${MAX_ATTRIBUTES} attributes for a queue` };
  }
  const isSound = ([key, value]: readonly [string, string]) =>
    ATTRIBUTE.test(key) && key.length <= 256 && value !== '' && key !== SENT_BY;
  if (attributes.every(isSound)) return undefined;
  return { field: 'query', problem: 'must be non-empty SQS attributes for a queue' };
}
