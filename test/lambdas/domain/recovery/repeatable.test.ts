import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import {
  repeatableAfterAttempt,
  repeatableAfterReport,
  repeatableAfterRound,
} from '../../../../lambdas/domain/recovery/repeatable.ts';

const AGE = { firstCallAt: 0, now: 0 };
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
    expect(repeatableAfterReport(operation, { kind: 'http', idempotencyKeys }, AGE)).toBe(afterReport);
    expect(repeatableAfterAttempt(operation, { kind: 'http', idempotencyKeys }, AGE)).toBe(afterAttempt);
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
    expect(repeatableAfterReport(operation, { kind, repeatable }, AGE)).toBe(expected);
    expect(repeatableAfterAttempt(operation, { kind, repeatable }, AGE)).toBe(expected);
  });

  const HOUR_MS = 3_600_000;
  it.each([
    ['POST', 23, undefined, true],
    // The first call began up to 15 minutes before it was noted.
    ['POST', 23.75, undefined, false],
    ['POST', 60, undefined, false],
    ['PUT', 60, undefined, true],
    ['POST', 60, 168, true],
    ['POST', 168, 168, false],
  ] as const)('%s, %d h after the first call, with keys kept for %s h: repeatable %s', (...row) => {
    const [method, hours, lifetime, expected] = row;
    const operation: HttpOperation = { method, path: '/', headers: KEY };
    const idempotencyKeyLifetimeMs = lifetime && lifetime * HOUR_MS;
    const settings = { kind: 'http', idempotencyKeys: true, idempotencyKeyLifetimeMs } as const;
    const age = { firstCallAt: HOUR_MS, now: HOUR_MS + hours * HOUR_MS };
    expect(repeatableAfterReport(operation, settings, age)).toBe(expected);
    expect(repeatableAfterAttempt(operation, settings, age)).toBe(expected);
  });

  it('may follow under its key, however late, if no earlier call had an effect', () => {
    const late = { firstCallAt: undefined, now: 1_000 * HOUR_MS };
    const settings = { kind: 'http', idempotencyKeys: true } as const;
    expect(repeatableAfterAttempt({ method: 'POST', path: '/' }, settings, late)).toBe(true);
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
