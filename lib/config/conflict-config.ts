import { Token } from 'aws-cdk-lib';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { ConflictSettings } from '../../lambdas/contract/settings.ts';
import { type Check, fields, oneOf, optional, shown, someOf, text } from './checks.ts';

/**
 * What to do when a write (PUT, PATCH, DELETE) is answered by 409, 412 or 428. Unless the strategy is `reject`,
 * Backstop reads the current state, resolves the conflict, and repeats the write with the current `ETag`. It makes at
 * most three rounds.
 *
 * - `reject`: nothing; the failure becomes a dead letter
 * - `last-writer-wins`: the later write stays
 * - `merge`: the changes of both stay; a human decides when both have changed the same field
 * - `function`: your Lambda function decides; it gets both versions
 * - `ask`: a human decides
 *
 * @example
 * const merge: ConflictConfig = { strategy: 'merge', arrayKeys: { '/addresses': 'id' }, sensitive: ['/notes'] };
 * const customers: DependencyConfig = { kind: 'http', baseUrl: 'https://customers.example.com', conflict: merge };
 */
export type ConflictConfig = {
  /**
   * JSON Pointers of fields to mask in questions to humans; `*` stands for any member, as in `'/customer/*'`. Backstop
   * always masks fields whose names suggest a secret or personal data.
   * @default - no others
   */
  readonly sensitive?: readonly string[];
} & (
  | {
      /** Makes a dead letter, or asks a human. */
      readonly strategy: 'reject' | 'ask';
    }
  | {
      /** Keeps the later write, by the times of both. */
      readonly strategy: 'last-writer-wins';
      /**
       * JSON Pointer of the field with the time of the last change, such as `'/updatedAt'`: RFC 3339, or seconds or
       * milliseconds.
       * @default - compares the time of the failure with the header `Last-Modified`
       */
      readonly timestamp?: string;
    }
  | {
      /** Keeps the changes of both. */
      readonly strategy: 'merge';
      /**
       * Arrays to merge element by element, as in `{ '/items': 'sku' }`: the array's JSON Pointer, and the field that
       * identifies an element. In the pointer, `*` stands for any member. The pointer of a state that is itself an
       * array is `''`.
       * @default - an array is one value
       */
      readonly arrayKeys?: Readonly<Record<string, string>>;
    }
  | {
      /** Asks your function. */
      readonly strategy: 'function';
      /** ARN of the Lambda function; a CDK token is allowed. */
      readonly functionArn: string;
    }
);

/** Converts the settings for the handlers, with every default filled in. */
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

/** Whether the value is the JSON Pointer of a part of a state, not of the whole. */
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
      yield `${path}: each key must be '' or a JSON Pointer such as '/items', got ${shown(array)}`;
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

/** The settings of each strategy, besides its name and `sensitive`. */
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
