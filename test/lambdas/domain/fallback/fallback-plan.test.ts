import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { FallbackSettings } from '../../../../lambdas/contract/settings.ts';
import { planFallback } from '../../../../lambdas/domain/fallback/fallback-plan.ts';
import { EXHAUSTED } from '../../../support/fallback-scene.ts';
import { sampleEntry, sampleFailure } from '../../../support/samples.ts';

const STATIC: FallbackSettings = { kind: 'static', answer: { open: true } };
const LAST_GOOD: FallbackSettings = { kind: 'last-good', maxAgeMs: 60_000 };
const BACKUP: FallbackSettings = { kind: 'backup', dependency: 'backup' };
const READ_ONLY: FallbackSettings = { kind: 'read-only', maxAgeMs: 60_000 };
const SKIP: FallbackSettings = { kind: 'skip' };

type Method = HttpOperation['method'];
const READS: readonly Method[] = ['GET', 'HEAD', 'OPTIONS'];
const CHANGES: readonly Method[] = ['PUT', 'DELETE', 'POST', 'PATCH'];

function plan(fallback: FallbackSettings | undefined, method: Method, change: Partial<LedgerEntry> = {}) {
  const failure = sampleFailure({ operation: { method, path: '/' } });
  return planFallback(fallback, sampleEntry({ ...EXHAUSTED, failure, ...change }));
}

const unknown = { ...sampleEntry().verdict, effect: 'unknown' } as const;
const inFlight = { token: 't', until: '2026-03-01T12:00:00.000Z' };

describe('a fallback', () => {
  it.each([...READS, ...CHANGES])('that is static answers %s with the JSON of the config', (method) => {
    const body = { contentType: 'application/json', text: '{"open":true}' };
    expect(plan(STATIC, method)).toEqual({ action: 'answer', found: { statusCode: 200, body } });
  });

  it.each([...READS, ...CHANGES])('that skips answers %s with nothing', (method) => {
    expect(plan(SKIP, method)).toEqual({ action: 'answer', found: { statusCode: 204 } });
  });

  it.each([LAST_GOOD, READ_ONLY])('of $kind looks for the answer to a GET', (fallback) => {
    expect(plan(fallback, 'GET')).toEqual({ action: 'recall', maxAgeMs: 60_000 });
  });

  it.each<[FallbackSettings['kind'], Method, FallbackSettings]>([
    ...['HEAD', 'OPTIONS', ...CHANGES].map((method) => ['last-good', method as Method, LAST_GOOD] as const),
    ['read-only', 'HEAD', READ_ONLY],
    ['read-only', 'OPTIONS', READ_ONLY],
  ] as [FallbackSettings['kind'], Method, FallbackSettings][])('of %s has no answer to %s', (_, method, fallback) => {
    expect(plan(fallback, method)).toEqual({ action: 'none', because: 'only-for-reads' });
  });

  it.each(CHANGES)('in read-only mode refuses %s, and says so', (method) => {
    expect(plan(READ_ONLY, method)).toMatchObject({
      found: { statusCode: 503, body: { text: expect.stringContaining('this change was not made') } },
    });
  });

  it('in read-only mode does not deny a change that may have been made', () => {
    expect(plan(READ_ONLY, 'PUT', { possibleEffect: true })).toMatchObject({
      found: { statusCode: 503, body: { text: expect.stringContaining('may have made this change') } },
    });
  });

  it.each(READS)('with a backup sends it %s, whatever became of earlier calls', (method) => {
    const forward = { action: 'forward', to: 'backup', isChange: false };
    expect(plan(BACKUP, method)).toEqual(forward);
    expect(plan(BACKUP, method, { possibleEffect: true })).toEqual(forward);
  });

  it.each(CHANGES)('with a backup sends it %s where no call can have had an effect', (method) => {
    expect(plan(BACKUP, method)).toEqual({ action: 'forward', to: 'backup', isChange: true });
  });

  it.each<[string, Partial<LedgerEntry>]>([
    ['an earlier call may have had an effect', { possibleEffect: true }],
    ['the last call may have had an effect', { verdict: unknown }],
    ['a call is under way', { inFlight }],
    ['a call was cut off', { uncertain: 'interrupted' }],
  ])('with a backup keeps a change from it where %s', (_, change) => {
    for (const method of CHANGES) {
      expect(plan(BACKUP, method, change)).toEqual({ action: 'none', because: 'may-have-taken-effect' });
    }
  });

  it.each([STATIC, LAST_GOOD, BACKUP, READ_ONLY, SKIP])(
    'of $kind is not asked where the caller wants none',
    (fallback) => {
      const failure = sampleFailure({ fallback: 'none' });
      expect(plan(fallback, 'GET', { failure })).toEqual({ action: 'none', because: 'opted-out' });
    },
  );

  it('is asked where the caller names something else', () => {
    expect(plan(SKIP, 'GET', { failure: sampleFailure({ fallback: 'cached' }) })).toMatchObject({ action: 'answer' });
  });

  it('that the config does not have gives no answer', () => {
    expect(plan(undefined, 'GET')).toEqual({ action: 'none', because: 'no-fallback' });
  });
});
