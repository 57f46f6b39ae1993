import { describe, expect, it } from 'vitest';
import { fallbackAnswer, retryAfterSeconds } from '../../../../lambdas/domain/fallback/fallback-answer.ts';
import { NOW } from '../../../support/samples.ts';

describe('the answer of a fallback', () => {
  it.each<[string, number | undefined, number]>([
    ['when the circuit may be asked, in whole seconds', NOW + 7_001, 8],
    ['one second at least', NOW + 1, 1],
    ['one second where that time has passed', NOW - 60_000, 1],
    ['30 seconds where nothing is known', undefined, 30],
  ])('says when to come back: %s', (_, retryAt, seconds) => {
    const answer = fallbackAnswer('skip', { statusCode: 204 }, { now: NOW, retryAt });
    expect(answer.headers['retry-after']).toBe(String(seconds));
    expect(retryAfterSeconds(answer)).toBe(seconds);
  });

  it('says how old it is, and what it is', () => {
    const body = { contentType: 'text/plain', text: 'open' };
    expect(fallbackAnswer('last-good', { statusCode: 200, body, ageMs: 1_500 }, { now: NOW })).toEqual({
      fallback: 'last-good',
      statusCode: 200,
      headers: { 'retry-after': '30', age: '2', 'content-type': 'text/plain' },
      body: 'open',
      ageMs: 1_500,
      at: '2026-03-01T12:00:00.000Z',
    });
  });

  it('has no more than there is', () => {
    expect(fallbackAnswer('backup', { statusCode: 201, dependency: 'backup' }, { now: NOW })).toEqual({
      fallback: 'backup',
      statusCode: 201,
      headers: { 'retry-after': '30' },
      dependency: 'backup',
      at: '2026-03-01T12:00:00.000Z',
    });
  });
});
