import { MemoryCircuitStore } from '../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { circuitsOn } from '../../lambdas/adapters/circuit/table-circuits.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import type { CircuitChange } from '../../lambdas/domain/circuit/circuit-change.ts';
import type { CircuitStore } from '../../lambdas/domain/circuit/circuit-store.ts';
import type { Circuits } from '../../lambdas/use-cases/circuit/circuits.ts';

/** Circuits for one test, with their changes and errors. */
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

/** Opens a circuit through the calls of another instance. */
export async function tripCircuit(
  scene: { now: number },
  store: CircuitStore,
  settings: DependencySettings,
): Promise<void> {
  const elsewhere = sampleCircuits(() => scene.now, store).circuits.of(settings);
  for (let n = 0; n < 10; n++) {
    const answer = await elsewhere.tryAcquire();
    if (answer.admitted) await elsewhere.failed(answer.permit);
  }
  // Passes the lifetime of an instance's cached state.
  scene.now += 1_001;
}
