import { describe, expect, it } from 'vitest';
import { MemoryCircuitStore } from '../../../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import type { CircuitChange } from '../../../../lambdas/domain/circuit/circuit-change.ts';
import {
  type ForceDecision,
  forceCircuit,
  releaseCircuit,
} from '../../../../lambdas/use-cases/circuit/force-circuit.ts';
import { NOW } from '../../../support/samples.ts';

const HOUR_MS = 3_600_000;
const DECISION: ForceDecision = { to: 'open', reason: 'they move house', by: 'ops', until: NOW + HOUR_MS };

function setUp() {
  const changes: CircuitChange[] = [];
  const watcher = { changed: (change: CircuitChange) => void changes.push(change), unreachable: () => undefined };
  return { changes, context: { store: new MemoryCircuitStore(), watcher, policy: DEFAULT_CIRCUIT_POLICY, now: NOW } };
}

describe('an operator', () => {
  it.each(['open', 'closed'] as const)('forces a circuit: %s', async (to) => {
    const { context, changes } = setUp();
    const { circuit } = await forceCircuit('payments', { ...DECISION, to }, context);
    expect(circuit).toMatchObject({ kind: `forced-${to}`, until: NOW + HOUR_MS, reason: 'they move house', by: 'ops' });
    expect(changes).toMatchObject([{ to: `forced-${to}`, reason: 'forced', note: 'they move house', by: 'ops' }]);
  });

  it('replaces a decision that still holds', async () => {
    const { context, changes } = setUp();
    await forceCircuit('payments', DECISION, context);
    const { circuit } = await forceCircuit('payments', { ...DECISION, until: NOW + 2 * HOUR_MS }, context);
    expect(circuit).toMatchObject({ kind: 'forced-open', until: NOW + 2 * HOUR_MS });
    expect(changes).toHaveLength(2);
  });

  it.each([
    ['open', 'open'],
    ['closed', 'closed'],
  ] as const)('releases a circuit that was forced %s, which is %s then', async (to, kind) => {
    const { context, changes } = setUp();
    await forceCircuit('payments', { ...DECISION, to }, context);
    const { circuit } = await releaseCircuit('payments', { ...context, now: NOW + 1 });
    expect(circuit).toMatchObject({ kind, since: NOW + 1 });
    expect(changes.at(-1)).toMatchObject({ from: `forced-${to}`, to: kind, reason: 'released' });
  });

  it('changes nothing by releasing a circuit that was not forced', async () => {
    const { context, changes } = setUp();
    expect(await releaseCircuit('payments', context)).toMatchObject({ version: 0, circuit: { kind: 'closed' } });
    expect(changes).toEqual([]);
  });

  it.each<[string, Partial<ForceDecision>, string]>([
    ['for no reason', { reason: '' }, 'reason must be 1 to 200 characters, got none'],
    ['for a blank reason', { reason: ' ' }, "reason must be 1 to 200 characters, got ' '"],
    ['for a long reason', { reason: 'x'.repeat(201) }, 'reason must be 1 to 200 characters, got 201'],
    ['without a name', { by: '' }, 'by must be 1 to 168 characters, got none'],
    ['by too long a name', { by: 'x'.repeat(169) }, 'by must be 1 to 168 characters, got 169'],
    [
      'until now',
      { until: NOW },
      `until must be in the future, at most 7 days ahead, got ${new Date(NOW).toISOString()}`,
    ],
    ['for more than a week', { until: NOW + 7 * 24 * HOUR_MS + 1 }, 'at most 7 days ahead'],
    ['until never', { until: Number.NaN }, 'got no time'],
  ])("can't force a circuit %s", async (_, change, message) => {
    const { context } = setUp();
    await expect(forceCircuit('payments', { ...DECISION, ...change }, context)).rejects.toThrow(message);
    expect(await context.store.read('payments')).toMatchObject({ version: 0 });
  });
});
