import { describe, expect, it } from 'vitest';
import type { Circuit } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { INITIAL_SNAPSHOT } from '../../../../lambdas/domain/circuit/circuit-store.ts';
import { circuitGate } from '../../../../lambdas/use-cases/redrive/circuit-gate.ts';
import { NOW } from '../../../support/samples.ts';

const common = { since: NOW, baseline: 0, probes: [] };
const troubled = { ...common, trippedAt: NOW };
const open: Circuit = { ...troubled, kind: 'open', until: NOW + 30_000 };
const halfOpen: Circuit = { ...troubled, kind: 'half-open', succeeded: 0, failed: 0 };
const forced = { ...troubled, until: NOW + 60_000, reason: 'test', by: 'test' };

function scene(circuits: Readonly<Record<string, Circuit>>) {
  const state = { now: NOW, circuits, reads: 0 };
  const read = async (key: string) => {
    state.reads++;
    return { ...INITIAL_SNAPSHOT, circuit: state.circuits[key] ?? INITIAL_SNAPSHOT.circuit };
  };
  return { state, gate: circuitGate({ read }, () => state.now) };
}

describe('circuitGate', () => {
  it.each<readonly [string, Circuit, number]>([
    ['closed', { ...common, kind: 'closed', learnedAt: NOW }, NOW],
    ['open', open, NOW + 30_000],
    ['half-open', halfOpen, NOW],
    ['recovering', { ...troubled, kind: 'recovering', ramp: { share: 0.1, since: NOW } }, NOW],
    ['forced-open', { ...forced, kind: 'forced-open' }, NOW + 60_000],
    ['forced-closed', { ...forced, kind: 'forced-closed' }, NOW],
  ])('says of a circuit that is %s when a message may go out', async (_, circuit, expected) => {
    await expect(scene({ payments: circuit }).gate.passesAt({ dependency: 'payments' })).resolves.toBe(expected);
  });

  it('lets one message a second pass to be a probe, once the time has come', async () => {
    const { state, gate } = scene({ payments: open });
    state.now = open.until;
    const ask = () => gate.passesAt({ dependency: 'payments' });
    await expect(ask()).resolves.toBe(state.now);
    await expect(ask()).resolves.toBe(state.now + 1_000);
    state.now += 1_000;
    await expect(ask()).resolves.toBe(state.now);
  });

  it('asks for the circuit of the tenant as well', async () => {
    const { gate } = scene({ 'payments/acme': open });
    await expect(gate.passesAt({ dependency: 'payments' })).resolves.toBe(NOW);
    await expect(gate.passesAt({ dependency: 'payments', tenant: 'acme' })).resolves.toBe(open.until);
    await expect(gate.passesAt({ dependency: 'payments', tenant: 'bolt' })).resolves.toBe(NOW);
  });

  it('reads each circuit once a second at most', async () => {
    const { state, gate } = scene({});
    for (let n = 0; n < 5; n++) await gate.passesAt({ dependency: 'payments' });
    expect(state.reads).toBe(1);
    state.now += 1_000;
    state.circuits = { payments: { ...open, until: NOW + 9_000 } };
    await expect(gate.passesAt({ dependency: 'payments' })).resolves.toBe(NOW + 9_000);
  });
});
