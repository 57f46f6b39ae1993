import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { circuitSubject } from '../../domain/circuit/circuit-key.ts';
import type { StoredCircuit } from '../../domain/circuit/circuit-store.ts';
import { effectiveCircuit } from '../../domain/circuit/effective-circuit.ts';
import { applyEvent, type EventContext } from './apply-event.ts';

/**
 * Writes the changes that time alone makes: the end of a ramp, and of an operator's decision. Callers write them too,
 * but a circuit may have none, and its event ends an incident.
 *
 * @throws what the store throws, after all circuits have had their turn
 */
export async function settleCircuits(
  circuits: readonly StoredCircuit[],
  policyOf: (dependency: string) => CircuitPolicy | undefined,
  { now, ...context }: Omit<EventContext, 'policy'> & { readonly now: number },
): Promise<void> {
  const errors: unknown[] = [];
  for (const { key, snapshot } of circuits) {
    const policy = policyOf(circuitSubject(key).dependency);
    if (!policy || effectiveCircuit(snapshot.circuit, now) === snapshot.circuit) continue;
    await applyEvent(key, { type: 'counted', now }, { ...context, policy }).catch((error) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}
