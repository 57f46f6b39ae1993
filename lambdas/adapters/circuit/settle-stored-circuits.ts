import { errorFacts } from '../../contract/error-facts.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';
import { settleCircuits } from '../../use-cases/circuit/settle-circuits.ts';
import type { Table } from '../table.ts';
import { logger } from '../telemetry.ts';
import { allCircuits } from './all-circuits.ts';
import { DynamoDBCircuitStore } from './dynamodb-circuit-store.ts';
import { LOGGING_WATCHER } from './open-circuits.ts';

/** Writes the changes of circuits that nobody calls. */
export async function settleStoredCircuits(
  dependencies: ReadonlyMap<string, Pick<DependencySettings, 'circuit'>>,
  place: Table,
  clock: Clock = Date.now,
): Promise<void> {
  try {
    const now = clock();
    const circuits = await allCircuits(place, now);
    const context = { store: new DynamoDBCircuitStore(place), watcher: LOGGING_WATCHER, now };
    await settleCircuits(circuits, (name) => dependencies.get(name)?.circuit, context);
  } catch (error) {
    // The circuits table has its own alarm, and the reconciler must still finish failures.
    logger.error('settling the circuits failed', errorFacts(error));
  }
}
