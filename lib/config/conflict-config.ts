import { Token } from 'aws-cdk-lib';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { ConflictSettings } from '../../lambdas/contract/settings.ts';
import { type Check, fields, oneOf, optional, shown, someOf, text } from './checks.ts';

/**
 * What is done where a write (PUT, PATCH, DELETE) was answered by 409, 412 or 428. But for `reject`, the state that stands is
 * read, compared with what the write would make of it, and the write is made again with the `ETag` of that state, in at most three rounds.
 *
 * - `reject`: nothing; the failure becomes a dead letter
 * - `last-writer-wins`: the later one stays, by the times of both
 * - `merge`: both stay; a human is asked where both have changed the same field
 * - `function`: a Lambda function of your own decides; it is asked with both versions
 * - `ask`: a human decides
 */
export type ConflictConfig = {
  /**
   * JSON Pointers of fields that nobody is shown who is asked, in which `*` stands for any member: `'/customer/*'`. Fields whose names
   * tell that they are secret or personal are masked in any case.
   * @default - none beside those
   */
  readonly sensitive?: readonly string[];
} & (
  | { readonly strategy: 'reject' | 'ask' }
  | {
      readonly strategy: 'last-writer-wins';
      /**
       * JSON Pointer of the time of the last change within the state, such as `'/updatedAt'`: RFC 3339, or a number of seconds or milliseconds.
       * @default - the time at which the failure occurred, against the header `Last-Modified`
       */
      readonly timestamp?: string;
    }
  | {
      readonly strategy: 'merge';
      /**
       * Arrays whose elements are merged one by one: by the JSON Pointer of the array, in which `*` stands for any member,
       * the field that names an element, as `{ '/items': 'sku' }`; of a state that is an array itself, `{ '': 'sku' }`.
       * @default - an array is one value
       */
      readonly arrayKeys?: Readonly<Record<string, string>>;
    }
  | {
      readonly strategy: 'function';
      /** ARN of the Lambda function. */
      readonly functionArn: string;
    }
);

/** Conflicts as the handlers know them, with every default filled in. */
export function toConflictSettings(config: ConflictConfig = { strategy: 'reject' }): ConflictSettings {
  const sensitive = config.sensitive ?? [];
  switch (config.strategy) {
    case 'merge':
      return { strategy: 'merge', sensitive, arrayKeys: config.arrayKeys ?? {} };
    case 'last-writer-wins': {
      const { strategy, timestamp } = config;
      return { strategy, sensitive, ...(timestamp !== undefined && { timestamp }) };
    }
    case 'reject':
    case 'ask':
    case 'function':
      return { strategy: config.strategy, sensitive };
    default:
      return config satisfies never;
  }
}

/** Of something within a state, not of the state as a whole. */
function isPointer(value: unknown): value is string {
  return typeof value === 'string' && /^(?:\/(?:[^~/]|~[01])*)+$/.test(value);
}

const pointer: Check = function* (path, value) {
  if (isPointer(value)) return;
  yield `${path} must be a JSON Pointer such as '/updatedAt', got ${shown(value)}`;
};

const arrayKeys: Check = function* (path, value) {
  if (!isPlainObject(value)) return yield* fields<object>({})(path, value);
  for (const [array, key] of Object.entries(value)) {
    if (array !== '' && !isPointer(array)) {
      yield `${path}: where an array is must be '' or a JSON Pointer such as '/items', got ${shown(array)}`;
    }
    yield* text(`${path}['${array}']`, key);
  }
};

const functionArn: Check = function* (path, value) {
  if (Token.isUnresolved(value)) return;
  if (typeof value === 'string' && /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/.test(value)) return;
  yield `${path} must be the ARN of a Lambda function, got ${shown(value)}`;
};

const sensitive = optional(someOf(pointer));

/** Settings that a strategy has beside its name and `sensitive`. */
const OWN: Readonly<Record<ConflictConfig['strategy'], Readonly<Record<string, Check>>>> = {
  reject: {},
  ask: {},
  'last-writer-wins': { timestamp: optional(pointer) },
  merge: { arrayKeys: optional(arrayKeys) },
  function: { functionArn },
};

export const conflict: Check = function* (path, value) {
  if (!isPlainObject(value)) return yield* fields<object>({})(path, value);
  const strategy = String(value.strategy);
  if (!Object.hasOwn(OWN, strategy)) return yield* oneOf(...Object.keys(OWN))(`${path}.strategy`, value.strategy);
  const own = OWN[strategy as ConflictConfig['strategy']];
  yield* fields<Record<string, unknown>>({ strategy: oneOf(strategy), sensitive, ...own })(path, value);
};
