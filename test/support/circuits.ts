import type { CircuitChange } from '../../lambdas/shared/circuit/circuit-change.ts';
import type { CircuitStore } from '../../lambdas/shared/circuit/circuit-store.ts';
import { MemoryCircuitStore } from '../../lambdas/shared/circuit/memory-circuit-store.ts';
import { type Circuits, circuitsOn } from '../../lambdas/shared/circuit/open-circuits.ts';

/** Circuits of one test, and what they tell. */
export function sampleCircuits(
  now: () => number,
  store: CircuitStore = new MemoryCircuitStore(),
): { readonly circuits: Circuits; readonly changes: CircuitChange[]; readonly unreachable: unknown[] } {
  const changes: CircuitChange[] = [];
  const unreachable: unknown[] = [];
  const watcher = {
    changed: (change: CircuitChange) => void changes.push(change),
    unreachable: (error: unknown) => void unreachable.push(error),
  };
  return { circuits: circuitsOn(() => store, watcher, now), changes, unreachable };
}
