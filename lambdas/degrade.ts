import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './adapters/boundary/dependency-caller.ts';
import { loadDependencies } from './adapters/environment.ts';
import { openAnswers } from './adapters/fallback/answer-store.ts';
import { openStores } from './adapters/recovery/open-stores.ts';
import { count, logger, withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { refusePending } from './use-cases/call.ts';
import { degradeFailure } from './use-cases/fallback/degrade.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const ports = {
  ...openStores(client),
  answers: openAnswers(client),
  call: refusePending(dependencyCaller(() => true)),
  settingsOf: (name: string) => dependencies.get(name),
};

/** Gets the answer of a dependency's fallback for the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  return withFailureIds(ref, async () => {
    const { outcome, entry } = await degradeFailure(ref, ports);
    if (entry) {
      const { dependency, answer } = entry;
      logger.info('settled by a fallback', { dependency, outcome, fallback: answer?.fallback });
      count('FailureSettled', { dependency, outcome });
    }
    return { outcome };
  });
});
