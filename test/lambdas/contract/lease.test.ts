import { describe, expect, it } from 'vitest';
import { endsWithin, leaseOf, longestLeaseMs } from '../../../lambdas/contract/lease.ts';
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

  it('lets a request leave only if it ends, and is recorded, before the lease does', () => {
    expect(endsWithin(NOW + 7_000, 1_000, NOW + 4_800)).toBe(true);
    expect(endsWithin(NOW + 7_000, 1_000, NOW + 4_801)).toBe(false);
  });
});
