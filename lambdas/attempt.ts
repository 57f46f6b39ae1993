import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './shared/dependency-caller.ts';
import { createEffects } from './shared/effects.ts';
import { env, envNumber, loadDependencies } from './shared/environment.ts';
import { failureRef } from './shared/failure-ref.ts';
import { openLedger } from './shared/open-ledger.ts';
import { about, guarded, logger } from './shared/telemetry.ts';
import { attemptDurably } from './shared/warm-tier.ts';

const client = new DynamoDBClient();
const settingsOf = loadDependencies();
const retentionMs = envNumber('RETENTION_MS');
const effects = createEffects({ client, table: env('EFFECTS_TABLE'), retentionMs });
const tools = {
  ledger: openLedger(client),
  effects,
  call: dependencyCaller(),
  log: (message: string, facts: Record<string, unknown>) => logger.info(message, facts),
};

/** One durable attempt, for the Recovery machine. */
export const handler = guarded(async (event) => {
  const ref = failureRef(event);
  return about(ref, () => attemptDurably(ref, settingsOf, tools));
});
