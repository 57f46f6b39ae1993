import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { errorFacts } from '../../contract/error-facts.ts';
import { type Circuit, effectiveCircuit } from '../../domain/circuit/circuit.ts';
import { circuitSubject } from '../../domain/circuit/circuit-key.ts';
import { logger, measure } from '../telemetry.ts';
import { allCircuits } from './all-circuits.ts';

const Changed = v.object({ dependency: v.string(), to: v.string() });
/** A circuit whose time to probe has come so long ago holds back nobody's call: nobody makes any. */
const FORGOTTEN_MS = 10 * 60_000;

/** Lets the alarm ring at once where a circuit opens. @param detail of `Circuit State Changed`, as JSON text */
export function tellOfOpenCircuit(detail: string): void {
  const { dependency, to } = v.parse(Changed, JSON.parse(detail));
  if (to === 'open') measure('CircuitsOpen', 1, { dependency });
}

/** Tells of each dependency how many of its circuits are open, none included: that ends the alarm. */
export async function tellOfOpenCircuits(
  dependencies: readonly string[],
  place: { readonly client: DynamoDBClient; readonly table: string },
  now: () => number = Date.now,
): Promise<void> {
  try {
    const circuits = await allCircuits(place, now());
    const open = circuits.filter(({ snapshot }) => isOpen(effectiveCircuit(snapshot.circuit, now()), now()));
    for (const dependency of dependencies) {
      const count = open.filter(({ key }) => circuitSubject(key).dependency === dependency).length;
      measure('CircuitsOpen', count, { dependency });
    }
  } catch (error) {
    // It has an alarm of its own, and is no reason to leave failures unfinished.
    logger.error('the circuits can not be counted', errorFacts(error));
  }
}

/** Of one that was forced open, whoever did so knows. While it probes, the dependency is not well yet. */
function isOpen(circuit: Circuit, now: number): boolean {
  switch (circuit.kind) {
    case 'open':
      return now < circuit.until + FORGOTTEN_MS;
    case 'half-open':
      return now < Math.max(circuit.since, ...circuit.probes.map(({ until }) => until)) + FORGOTTEN_MS;
    case 'closed':
    case 'recovering':
    case 'forced-open':
    case 'forced-closed':
      return false;
    default:
      return circuit satisfies never;
  }
}
