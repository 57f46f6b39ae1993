import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isClockSkewError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readError } from '../../../../lambdas/domain/classification/error-layer.ts';
import { evidenceOf } from '../../../../lambdas/domain/classification/evidence.ts';
import { SDK_CLOCK_SKEW, SDK_THROTTLED, SDK_TRANSIENT } from '../../../../lambdas/domain/classification/sdk-errors.ts';

const OURS = [
  ['throttled', SDK_THROTTLED, isThrottlingError],
  ['transient', SDK_TRANSIENT, isTransientError],
  ['clock skew', SDK_CLOCK_SKEW, isClockSkewError],
] as const;
const SOURCE = readFileSync(createRequire(import.meta.url).resolve('@smithy/core/retry'), 'utf8');
/** Whatever the SDK's module could compare a name with. So a name that a later version adds is among them. */
const NAMES = [...new Set([...SOURCE.matchAll(/(["'`])(\w{2,60})\1/g)].map(([, , name = '']) => name))];
const MESSAGES = [
  '',
  'Signature expired: 20260301T120000Z is now earlier than 20260301T121500Z',
  'signature does not match',
];

/** Pairs that the SDK says this of, and that Backstop says it of. */
function verdicts(pairs: readonly (readonly [name: string, message: string])[]) {
  return OURS.flatMap(([what, ours, theirs]) =>
    pairs.map(([name, message]) => {
      const error = { name, message };
      const evidence = evidenceOf(readError(error), { refreshable: false, attempts: 0, now: 0 });
      return {
        what,
        name,
        message,
        ours: ours(evidence),
        theirs: evidence.words.some((word) => theirs({ name: word, message })),
      };
    }),
  );
}

it('agrees with the SDK about each name in the module of its retry', () => {
  const all = verdicts(NAMES.flatMap((name) => MESSAGES.map((message) => [name, message] as const)));
  expect(all.filter(({ ours, theirs }) => ours !== theirs)).toEqual([]);
  expect(all.filter(({ theirs }) => theirs).length).toBeGreaterThan(3 * 24);
});

it('agrees with the SDK about other names, with a namespace or without one', () => {
  const name = fc
    .tuple(
      fc.constantFrom('', 'DynamoDB.', 'com.amazonaws#', 'Errno::'),
      fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 20 })),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(name, fc.oneof(fc.constantFrom(...MESSAGES), fc.string()), (...pair) => {
      expect(verdicts([pair]).filter(({ ours, theirs }) => ours !== theirs)).toEqual([]);
    }),
  );
});
