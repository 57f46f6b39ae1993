import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './adapters/boundary/dependency-caller.ts';
import { openConflicts } from './adapters/conflict/open-conflicts.ts';
import { loadDependencies } from './adapters/environment.ts';
import { openAnswers } from './adapters/fallback/answer-store.ts';
import { openStores } from './adapters/recovery/open-stores.ts';
import { withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { storingAnswers } from './use-cases/fallback/last-good.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { attemptDurably } from './use-cases/recovery/warm-tier.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const stores = openStores(client);
const ports = {
  ...stores,
  conflicts: openConflicts(),
  call: storingAnswers(dependencyCaller(), { ...stores, answers: openAnswers(client) }),
};

/** Makes one durable attempt for the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  return withFailureIds(ref, () => attemptDurably(ref, (name) => dependencies.get(name), ports));
});
