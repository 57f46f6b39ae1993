import fc from 'fast-check';
import { SMALLEST } from '../../lambdas/domain/boundary/failure-samples.ts';
import { anyText } from '../../support/any-text.ts';

/** Mostly the first value. */
function mostly<T>(usual: T, ...others: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 60, arbitrary: fc.constant(usual) },
    ...others.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
}

const json = fc.jsonValue({ maxDepth: 2 });
const text = (usual: unknown, ...odd: readonly unknown[]) =>
  mostly(usual, anyText, json, fc.constantFrom(...odd, '', null, undefined, '\n', '😀'.repeat(600), '😀'.repeat(70)));
const part = fc.constantFrom(
  '/',
  '//',
  '.',
  '..',
  'a',
  '%2e',
  '%2F',
  '%',
  '%25',
  '%41',
  '%00',
  '%E2%80%A6',
  '\\',
  '?',
  'é',
  ';x',
  '~',
  '%EF%BC%8E',
  '%C2%85',
);
const path = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('/', '/orders/1') },
  { weight: 1, arbitrary: fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('')}`) },
  { weight: 1, arbitrary: fc.oneof(anyText, json) },
);
const name = fc.oneof(anyText, fc.constantFrom('x-a', 'X-A', 'Host', 'accept', 'x a'));
const texts = mostly(
  undefined,
  fc.dictionary(name, anyText),
  fc.dictionary(name, fc.constantFrom('b', 'é', 1, null)),
  json,
);
const claim = fc.record({
  key: text('bodies/shop/t-acme/0123456789abcdef', 'bodies/shop/-/0123456789abcdef', 'https://x/y', 'bodies/../x'),
  sha256: mostly('0a'.repeat(32), fc.constantFrom('0A'.repeat(32), 'x', null)),
  bytes: mostly(70_000, fc.constantFrom(0, 1.5, 5_242_881, '7', null)),
});
const operation = fc.record({
  method: mostly('PUT', fc.constantFrom('GET', 'HEAD', 'get', null, 'POST')),
  path,
  query: texts,
  headers: texts,
  body: mostly(undefined, json),
  bodyClaim: mostly(undefined, claim, json),
  resourceId: text(undefined),
  ifMatch: text(undefined, '"v1"', 'a\nb'),
  base: json,
  checkpoint: text(undefined),
});
const step = fc.record({
  name: text('reserve'),
  dependency: text('stock'),
  operation: fc.oneof({ weight: 9, arbitrary: operation }, { weight: 1, arbitrary: json }),
  undoes: mostly(undefined, fc.constantFrom('operation', 'completed-step', null, 'x')),
});
/** Details of `Operation Failed`, with a mistake here and there. */
export const anyDetail = fc.record({
  version: mostly(1, fc.constantFrom(undefined, null, 2, 2, 2, 2, 3, '1')),
  id: text('order-42', 'a/b', '-a', 'x'.repeat(65)),
  correlationId: text('c-1', 'a b', 'x'.repeat(129)),
  dependency: text('shop'),
  tenant: text('acme', 'a b'),
  priority: mostly('P1', fc.constantFrom('P4', null)),
  occurredAt: text(SMALLEST.occurredAt, '2026-02-30T12:00:00Z', '2026-02-28t12:00:00z', '2026-02-28T24:00:00Z'),
  operation: fc.oneof({ weight: 15, arbitrary: operation }, { weight: 1, arbitrary: json }),
  error: mostly({ statusCode: 503 }, json),
  undo: mostly(undefined, fc.array(step, { maxLength: 3 }), json),
  fallback: text('none'),
});
