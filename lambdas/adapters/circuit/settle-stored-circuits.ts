import { errorFacts } from '../../contract/error-facts.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';
import { publishLateChanges } from '../../use-cases/circuit/publish-late-changes.ts';
import { settleCircuits } from '../../use-cases/circuit/settle-circuits.ts';
import type { Table } from '../table.ts';
import { logger } from '../telemetry.ts';
import { allCircuits } from './all-circuits.ts';
import { DynamoDBCircuitStore } from './dynamodb-circuit-store.ts';
import { LOGGING_WATCHER } from './open-circuits.ts';

type Publish = Parameters<typeof publishLateChanges>[1];

/** Writes the changes of circuits that nobody calls, and publishes those that the stream has lost. */
export async function settleStoredCircuits(
  dependencies: ReadonlyMap<string, Pick<DependencySettings, 'circuit'>>,
  place: Table,
  publish: Publish,
  clock: Clock = Date.now,
): Promise<void> {
  // The circuits table has its own alarm, and the reconciler must still finish failures.
  const report = (error: unknown) => logger.error('settling the circuits failed', errorFacts(error));
  try {
    const now = clock();
    const circuits = await allCircuits(place, now);
    await publishLateChanges(circuits, publish, now).catch(report);
    const context = { store: new DynamoDBCircuitStore(place), watcher: LOGGING_WATCHER, now };
    await settleCircuits(circuits, (name) => dependencies.get(name)?.circuit, context);
  } catch (error) {
    report(error);
  }
}
