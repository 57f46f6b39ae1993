import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dependencyCaller } from './shared/boundary/dependency-caller.ts';
import { rejectsKeeper } from './shared/boundary/rejects.ts';
import type { DependencySettings } from './shared/boundary/settings.ts';
import { env, envNumber, loadDependencies } from './shared/environment.ts';
import { openEffects } from './shared/ledger/open-effects.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { processLaneBatch } from './shared/recovery/lane-batch.ts';
import { recoveryStarter } from './shared/recovery/recovery-starter.ts';
import { guarded, logger } from './shared/telemetry.ts';

const client = new DynamoDBClient();
const settings = laneSettings(env('DEPENDENCY'));

const tools = {
  ledger: openLedger(client),
  effects: openEffects(client),
  call: dependencyCaller(),
  startRecovery: recoveryStarter(new SFNClient(), env('RECOVERY_MACHINE_ARN')),
  sleep: async (ms: number) => sleep(ms),
  log: (message: string, facts: Record<string, unknown>) => logger.info(message, facts),
  intake: {
    settings,
    retentionMs: envNumber('RETENTION_MS'),
    deadLetterQueueUrl: env('DEAD_LETTER_QUEUE_URL'),
    deadlineMs: envNumber('DEADLINE_MS'),
  },
  keepRejected: rejectsKeeper(new SQSClient(), env('REJECTS_QUEUE_URL')),
};

function laneSettings(name: string): DependencySettings {
  const settings = loadDependencies().get(name);
  if (!settings) throw new Error(`dependencies.json has no settings of ${name}`);
  return settings;
}

/** The hot tier: takes failures from the lane queue, one after another, so that a lane's calls in flight stay counted. */
export const handler = guarded(async (event: unknown, context: Context): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return processLaneBatch(Records, tools, () => context.getRemainingTimeInMillis());
});
