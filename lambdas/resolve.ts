import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './adapters/boundary/dependency-caller.ts';
import { openConflicts } from './adapters/conflict/open-conflicts.ts';
import { loadDependencies } from './adapters/environment.ts';
import { openStores } from './adapters/recovery/open-stores.ts';
import { withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { resolveDurably } from './use-cases/recovery/warm-tier.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const ports = {
  ...openStores(client),
  call: dependencyCaller(),
  conflicts: openConflicts(),
};

/** Runs one round of fetch, compare, resubmit for the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  return withFailureIds(ref, () => resolveDurably(ref, (name) => dependencies.get(name), ports));
});
