import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import { type CircuitEvent, tallyStart, transition } from '../../domain/circuit/circuit.ts';
import { type CircuitChange, describeChange } from '../../domain/circuit/circuit-change.ts';
import type { CircuitSnapshot, CircuitStore } from '../../domain/circuit/circuit-store.ts';
import { tallySince } from '../../domain/circuit/tally.ts';

/** Observes the breakers of a process. */
export interface CircuitWatcher {
  changed(change: CircuitChange): void;
  /** The breaker cannot reach the table and admits all calls meanwhile. */
  unreachable(error: unknown): void;
}

export interface EventContext {
  readonly policy: CircuitPolicy;
  readonly store: CircuitStore;
  readonly watcher: CircuitWatcher;
}

/** Another writer won every round. */
export class ContendedError extends Error {
  override readonly name = 'ContendedError';
}

/** Most rounds of read and conditional write. One writer wins each round; soon the others have nothing to change. */
export const MAX_WRITE_ROUNDS = 10;

/**
 * Applies an event to the stored circuit. Retries if another writer changed the circuit in between.
 *
 * @returns the circuit after the event
 * @throws ContendedError after {@link MAX_WRITE_ROUNDS} rounds; otherwise what the store throws
 */
export async function applyEvent(key: string, event: CircuitEvent, context: EventContext): Promise<CircuitSnapshot> {
  for (let round = 0; round < MAX_WRITE_ROUNDS; round++) {
    const before = await context.store.read(key, event.now);
    const after = await replaceBy(key, before, event, context);
    if (after) return after;
  }
  throw new ContendedError('every write of the circuit lost to another writer');
}

/** Applies an event to a snapshot; undefined if the table holds a newer one. */
async function replaceBy(
  key: string,
  before: CircuitSnapshot,
  event: CircuitEvent,
  { policy, store, watcher }: EventContext,
): Promise<CircuitSnapshot | undefined> {
  const circuit = transition(before.circuit, event, policy, before);
  if (circuit === before.circuit) return before;
  const { now } = event;
  const counts = tallySince(before.buckets, tallyStart(before.circuit, now, policy));
  const change = describeChange(key, before.circuit, circuit, { counts, at: now });
  const after = await store.replace(key, before, { circuit, change }, now);
  if (after && change) watcher.changed(change);
  return after;
}

/** Lets the stored counts open, close or ramp the circuit. Retries if another writer changed it in between. */
export async function applyCounts(
  key: string,
  counted: CircuitSnapshot,
  { now, asks }: { readonly now: number; readonly asks: number | undefined },
  context: EventContext,
): Promise<CircuitSnapshot> {
  let snapshot = counted;
  for (let round = 0; round < MAX_WRITE_ROUNDS; round++) {
    const after = await replaceBy(key, snapshot, { type: 'counted', now, asks }, context);
    if (after) return after;
    snapshot = await context.store.read(key, now);
  }
  return snapshot;
}
