import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './adapters/boundary/dependency-caller.ts';
import { openCircuits } from './adapters/circuit/open-circuits.ts';
import { openConflicts } from './adapters/conflict/open-conflicts.ts';
import { loadDependencies } from './adapters/environment.ts';
import { openEffects } from './adapters/ledger/open-effects.ts';
import { openLedger } from './adapters/ledger/open-ledger.ts';
import { log, telemetry, withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { resolveDurably } from './use-cases/recovery/warm-tier.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const ports = {
  ledger: openLedger(client),
  effects: openEffects(client),
  circuits: openCircuits(),
  call: dependencyCaller(),
  conflicts: openConflicts(),
  log,
  telemetry,
};

/** Runs one round of fetch, compare, resubmit for the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  return withFailureIds(ref, () => resolveDurably(ref, (name) => dependencies.get(name), ports));
});
