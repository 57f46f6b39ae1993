import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './adapters/boundary/dependency-caller.ts';
import { openCircuits } from './adapters/circuit/open-circuits.ts';
import { openConflicts } from './adapters/conflict/open-conflicts.ts';
import { loadDependencies } from './adapters/environment.ts';
import { openAnswers } from './adapters/fallback/answer-store.ts';
import { openEffects } from './adapters/ledger/open-effects.ts';
import { openLedger } from './adapters/ledger/open-ledger.ts';
import { log, telemetry, withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { storingAnswers } from './use-cases/fallback/last-good.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { attemptDurably } from './use-cases/recovery/warm-tier.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const ledger = openLedger(client);
const ports = {
  ledger,
  effects: openEffects(client),
  circuits: openCircuits(),
  conflicts: openConflicts(),
  call: storingAnswers(dependencyCaller(), { answers: openAnswers(client), ledger, telemetry }),
  log,
  telemetry,
};

/** Makes one durable attempt for the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  return withFailureIds(ref, () => attemptDurably(ref, (name) => dependencies.get(name), ports));
});
