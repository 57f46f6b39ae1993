import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './shared/boundary/dependency-caller.ts';
import { openCircuits } from './shared/circuit/open-circuits.ts';
import { openConflicts } from './shared/conflict/open-conflicts.ts';
import { loadDependencies } from './shared/environment.ts';
import { openEffects } from './shared/ledger/open-effects.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { failureRef } from './shared/recovery/failure-ref.ts';
import { resolveDurably } from './shared/recovery/warm-tier.ts';
import { about, guarded, logger, telemetry } from './shared/telemetry.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const tools = {
  ledger: openLedger(client),
  effects: openEffects(client),
  circuits: openCircuits(),
  call: dependencyCaller(),
  conflicts: openConflicts(),
  log: (message: string, facts: Record<string, unknown>) => logger.info(message, facts),
  telemetry,
};

/** One round of fetch, compare, resubmit, for the Recovery machine. */
export const handler = guarded(async (event) => {
  const ref = failureRef(event);
  return about(ref, () => resolveDurably(ref, (name) => dependencies.get(name), tools));
});
