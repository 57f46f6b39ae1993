import { describe, expect, it } from 'vitest';
import { leaseOf, longestLeaseMs, mayOutlastLease } from '../../../lambdas/contract/lease.ts';
import { NOW, sampleSettings } from '../../support/samples.ts';

const SETTINGS = sampleSettings({ timeoutMs: 1_000 });
const conflict = { rounds: 0, refused: [] };

describe('the lease', () => {
  it('of a call covers two, with a margin', () => {
    expect(leaseOf({}, SETTINGS)).toBe(7_000);
  });

  it("of a round covers two such calls, and the team's own function between them", () => {
    expect(leaseOf({ conflict }, SETTINGS)).toBe(14_000);
  });

  it.each([
    ['reject', 7_000],
    ['ask', 14_000],
    ['function', 14_000],
  ] as const)('that a failure may need at most, with the strategy %s, is %i ms', (strategy, expected) => {
    expect(longestLeaseMs({ timeoutMs: 1_000, conflict: { strategy, sensitive: [] } })).toBe(expected);
  });

  it.each([
    ['a call', {}, 7_000],
    ['a round', { conflict }, 14_000],
  ])('of %s is too short once only the margin is gone', (_, entry, leaseMs) => {
    const inFlight = { token: 't', until: new Date(NOW + leaseMs).toISOString() };
    expect(mayOutlastLease({ ...entry, inFlight }, SETTINGS, NOW + 5_000)).toBe(false);
    expect(mayOutlastLease({ ...entry, inFlight }, SETTINGS, NOW + 5_001)).toBe(true);
    expect(mayOutlastLease(entry, SETTINGS, NOW)).toBe(false);
  });
});
