import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { type CircuitEvent, tallyStart, transition } from '../../domain/circuit/circuit.ts';
import { type CircuitChange, describeChange } from '../../domain/circuit/circuit-change.ts';
import type { CircuitSnapshot, CircuitStore } from '../../domain/circuit/circuit-store.ts';
import { tallySince } from '../../domain/circuit/tally.ts';

/** Is told what the breakers of a process find out. */
export interface CircuitWatcher {
  changed(change: CircuitChange): void;
  /** The table can't be reached; calls pass meanwhile. */
  unreachable(error: unknown): void;
}

export interface EventContext {
  readonly policy: CircuitPolicy;
  readonly store: CircuitStore;
  readonly watcher: CircuitWatcher;
}

/** Somebody else has always been faster. */
export class ContendedError extends Error {
  override readonly name = 'ContendedError';
}

/** Of those who write at once one gets through each time, and what they write soon leaves nothing to do for the others. */
export const MAX_ROUNDS = 10;

/**
 * Applies an event to the circuit as the table holds it, again where somebody else was faster. Answers what stands then.
 *
 * @throws ContendedError after ten rounds, or what the store throws
 */
export async function applyEvent(key: string, event: CircuitEvent, context: EventContext): Promise<CircuitSnapshot> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await context.store.read(key, event.now);
    const after = await replaceBy(key, before, event, context);
    if (after) return after;
  }
  throw new ContendedError('the circuit was always changed by somebody else');
}

/** Applies an event to a snapshot; undefined where the table holds another by now. */
export async function replaceBy(
  key: string,
  before: CircuitSnapshot,
  event: CircuitEvent,
  { policy, store, watcher }: EventContext,
): Promise<CircuitSnapshot | undefined> {
  const circuit = transition(before.circuit, event, policy);
  if (circuit === before.circuit) return before;
  const { now } = event;
  const counts =
    event.type === 'counted' ? event.tally : tallySince(before.buckets, tallyStart(before.circuit, now, policy));
  const change = describeChange(key, before.circuit, circuit, { counts, at: now });
  const after = await store.replace(key, before, { circuit, ...(change && { change }) }, now);
  if (after && change) watcher.changed(change);
  return after;
}
