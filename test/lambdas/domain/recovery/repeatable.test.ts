import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import {
  repeatableAfterAttempt,
  repeatableAfterReport,
  repeatableAfterRound,
} from '../../../../lambdas/domain/recovery/repeatable.ts';

const KEY = { 'Idempotency-Key': 'the-callers-own' };

describe('a call whose result is unknown', () => {
  it.each<[HttpOperation['method'], boolean, Record<string, string> | undefined, boolean, boolean]>([
    // method, dependency honours keys, headers, repeatable after a report, after an attempt
    ['GET', false, undefined, true, true],
    ['HEAD', false, undefined, true, true],
    ['OPTIONS', false, undefined, true, true],
    ['PUT', false, undefined, true, true],
    ['DELETE', false, undefined, true, true],
    ['POST', false, undefined, false, false],
    ['PATCH', false, undefined, false, false],
    ['POST', false, KEY, false, false],
    ['POST', true, undefined, false, true],
    ['PATCH', true, undefined, false, true],
    ['POST', true, KEY, true, true],
    ['PATCH', true, KEY, true, true],
  ])('%s, keys honoured %s, headers %j: repeatable after a report %s, after an attempt %s', (...row) => {
    const [method, idempotencyKeys, headers, afterReport, afterAttempt] = row;
    const operation: HttpOperation = { method, path: '/', headers };
    expect(repeatableAfterReport(operation, { kind: 'http', idempotencyKeys })).toBe(afterReport);
    expect(repeatableAfterAttempt(operation, { kind: 'http', idempotencyKeys })).toBe(afterAttempt);
  });

  it.each([
    ['lambda', true, true],
    ['lambda', false, false],
    ['queue', true, true],
    ['queue', false, false],
    // Backstop inspects the execution before it acts.
    ['state-machine', true, true],
    ['state-machine', false, true],
  ] as const)('of the kind %s, repeatable %s: %s, from Backstop or from the caller', (kind, repeatable, expected) => {
    const operation: HttpOperation = { method: 'POST', path: '/' };
    expect(repeatableAfterReport(operation, { kind, repeatable })).toBe(expected);
    expect(repeatableAfterAttempt(operation, { kind, repeatable })).toBe(expected);
  });

  it.each([
    ['PUT', true],
    ['DELETE', true],
    // With another version, the call has another key.
    ['PATCH', false],
  ] as const)('%s: followed by another round %s', (method, expected) => {
    expect(repeatableAfterRound({ method, path: '/' })).toBe(expected);
  });
});
