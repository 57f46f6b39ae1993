import { describe, expect, it } from 'vitest';
import type { CircuitKind } from '../../../../lambdas/contract/circuit-kinds.ts';
import { describeChange } from '../../../../lambdas/domain/circuit/circuit-change.ts';
import { type Circuit, closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';

const COUNTS = { successes: 3, failures: 4 };
const SINCE = { since: 5, baseline: 0, trippedAt: 5, probes: [] };
const FORCED = { ...SINCE, until: 99, reason: 'maintenance', by: 'operator' };

const CIRCUITS: Record<CircuitKind, Circuit> = {
  closed: closed(5),
  open: { ...SINCE, kind: 'open', until: 99 },
  'half-open': { ...SINCE, kind: 'half-open', succeeded: 0, failed: 0 },
  recovering: { ...SINCE, kind: 'recovering', ramp: { share: 0.5, since: 5 } },
  'forced-open': { ...FORCED, kind: 'forced-open' },
  'forced-closed': { ...FORCED, kind: 'forced-closed' },
};

function change(from: CircuitKind, to: CircuitKind) {
  return describeChange('payments', { ...CIRCUITS[from] }, CIRCUITS[to], { counts: COUNTS, at: 7 });
}

describe('describeChange', () => {
  it.each<[CircuitKind, CircuitKind, string]>([
    ['closed', 'open', 'failure-rate'],
    ['half-open', 'open', 'probe-failed'],
    ['recovering', 'open', 'failing-again'],
    ['open', 'half-open', 'time-to-probe'],
    ['half-open', 'recovering', 'probes-succeeded'],
    ['recovering', 'closed', 'recovered'],
    ['closed', 'forced-open', 'forced'],
    ['open', 'forced-closed', 'forced'],
    ['forced-open', 'forced-closed', 'forced'],
    ['forced-open', 'forced-open', 'forced'],
    ['forced-closed', 'forced-closed', 'forced'],
    ['forced-open', 'open', 'released'],
    ['forced-open', 'half-open', 'released'],
    ['forced-closed', 'closed', 'released'],
    ['forced-closed', 'open', 'released'],
  ])('%s to %s: %s', (from, to, reason) => {
    expect(change(from, to)).toMatchObject({ circuit: 'payments', from, to, reason, counts: COUNTS, at: 7 });
  });

  it.each<CircuitKind>(['closed', 'open', 'half-open', 'recovering'])('is none from %s to %s', (kind) => {
    expect(change(kind, kind)).toBeUndefined();
  });

  it('is none where nothing was changed', () => {
    const same = CIRCUITS['forced-open'];
    expect(describeChange('payments', same, same, { counts: COUNTS, at: 7 })).toBeUndefined();
  });

  it('says until when, and what the operator wrote, where there is that to say', () => {
    expect(change('closed', 'open')).toHaveProperty('until', 99);
    expect(change('closed', 'forced-open')).toMatchObject({ until: 99, note: 'maintenance', by: 'operator' });
    expect(Object.keys(change('recovering', 'closed') ?? {})).not.toContain('until');
    expect(Object.keys(change('closed', 'open') ?? {})).not.toContain('note');
  });
});
