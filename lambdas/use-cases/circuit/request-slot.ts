import { transition } from '../../domain/circuit/circuit.ts';
import type { CircuitSnapshot } from '../../domain/circuit/circuit-store.ts';
import type { EventContext } from './apply-event.ts';

/** Rounds of read and conditional write. A caller that loses them all has lost its time to others. */
const ROUNDS = 2;

/**
 * Requests the next time at which a call may pass.
 *
 * @returns the circuit afterwards; undefined if that time is still to come
 */
export async function requestSlot(
  key: string,
  { now, perSecond }: { readonly now: number; readonly perSecond: number },
  { store, policy }: EventContext,
): Promise<CircuitSnapshot | undefined> {
  for (let round = 0; round < ROUNDS; round++) {
    const before = await store.read(key, now);
    const circuit = transition(before.circuit, { type: 'paced', now, perSecond }, policy, before);
    if (circuit === before.circuit) return undefined;
    const after = await store.replace(key, before, { circuit }, now);
    if (after) return after;
  }
  return undefined;
}
