import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './shared/boundary/dependency-caller.ts';
import { openCircuits } from './shared/circuit/open-circuits.ts';
import { openConflicts } from './shared/conflict/open-conflicts.ts';
import { loadDependencies } from './shared/environment.ts';
import { openAnswers } from './shared/fallback/answer-store.ts';
import { remembering } from './shared/fallback/last-good.ts';
import { openEffects } from './shared/ledger/open-effects.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { failureRef } from './shared/recovery/failure-ref.ts';
import { attemptDurably } from './shared/recovery/warm-tier.ts';
import { about, guarded, logger, telemetry } from './shared/telemetry.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const ledger = openLedger(client);
const tools = {
  ledger,
  effects: openEffects(client),
  circuits: openCircuits(),
  conflicts: openConflicts(),
  call: remembering(dependencyCaller(), { answers: openAnswers(client), ledger, telemetry }),
  log: (message: string, facts: Record<string, unknown>) => logger.info(message, facts),
  telemetry,
};

/** One durable attempt, for the Recovery machine. */
export const handler = guarded(async (event) => {
  const ref = failureRef(event);
  return about(ref, () => attemptDurably(ref, (name) => dependencies.get(name), tools));
});
