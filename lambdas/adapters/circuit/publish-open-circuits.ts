import * as v from 'valibot';
import { errorFacts } from '../../contract/error-facts.ts';
import type { Clock } from '../../contract/time.ts';
import { circuitSubject } from '../../domain/circuit/circuit-key.ts';
import type { Circuit } from '../../domain/circuit/circuit-state.ts';
import { effectiveCircuit } from '../../domain/circuit/effective-circuit.ts';
import type { Table } from '../table.ts';
import { logger, measure } from '../telemetry.ts';
import { allCircuits } from './all-circuits.ts';

const Changed = v.object({ dependency: v.string(), to: v.string(), reason: v.optional(v.string()) });
/** A circuit that has been ready to probe for this long has no callers, so it no longer counts as open. */
const IDLE_MS = 10 * 60_000;

/**
 * Publishes the metric at once when a circuit opens, so that the alarm does not wait for the schedule.
 *
 * @param detail of the event `Circuit State Changed`, as JSON text
 */
export function publishOpenCircuit(detail: string): void {
  const { dependency, to, reason } = v.parse(Changed, JSON.parse(detail));
  if (to === 'open' && reason !== 'released') measure('CircuitsOpen', 1, { dependency });
}

/** Publishes the number of open circuits of each dependency. A 0 ends the alarm. */
export async function publishOpenCircuits(
  dependencies: readonly string[],
  place: Table,
  now: Clock = Date.now,
): Promise<void> {
  try {
    const circuits = await allCircuits(place, now());
    const open = circuits.filter(({ snapshot }) => isOpen(effectiveCircuit(snapshot.circuit, now()), now()));
    for (const dependency of dependencies) {
      const count = open.filter(({ key }) => circuitSubject(key).dependency === dependency).length;
      measure('CircuitsOpen', count, { dependency });
    }
  } catch (error) {
    // The circuits table has its own alarm, and the reconciler must still finish failures.
    logger.error('counting the open circuits failed', errorFacts(error));
  }
}

/** A half-open circuit counts as open, because its dependency has not recovered. A forced-open one does not. */
function isOpen(circuit: Circuit, now: number): boolean {
  switch (circuit.kind) {
    case 'open':
      // After an operator's decision, it is open for no time: nobody knows of a failure.
      return circuit.until > circuit.since && now < circuit.until + IDLE_MS;
    case 'half-open':
      return now < Math.max(circuit.since, ...circuit.probes.map(({ until }) => until)) + IDLE_MS;
    case 'closed':
    case 'recovering':
    case 'forced-open':
    case 'forced-closed':
      return false;
    default:
      return circuit satisfies never;
  }
}
