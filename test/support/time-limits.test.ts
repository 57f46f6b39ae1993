import { expect, it } from 'vitest';
import { heldTimeLimits } from './time-limits.ts';

it('no time limit of a test expires by itself', () => {
  expect(AbortSignal.timeout.name).toBe('neverExpiring');
});

it('a held time limit expires when its test says so', () => {
  const limits = heldTimeLimits();
  const signal = AbortSignal.timeout(60_000);
  limits.expire();
  expect([signal.aborted, limits.set]).toEqual([true, [60_000]]);
});
