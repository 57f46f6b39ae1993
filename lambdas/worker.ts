import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dependencyCaller } from './adapters/boundary/dependency-caller.ts';
import { openConflicts } from './adapters/conflict/open-conflicts.ts';
import { env, envNumber, loadDependencies, mustGet } from './adapters/environment.ts';
import { openAnswers } from './adapters/fallback/answer-store.ts';
import { processLaneBatch } from './adapters/lane/lane-batch.ts';
import { orderedLane } from './adapters/lane/ordered-lane.ts';
import { rejectsKeeper } from './adapters/lane/rejects.ts';
import { openStores } from './adapters/recovery/open-stores.ts';
import { recoveryStarter } from './adapters/recovery/recovery-starter.ts';
import { parking } from './adapters/redrive/parking.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import { type DependencySettings, takesEncodedSlashes } from './contract/settings.ts';
import { storingAnswers } from './use-cases/fallback/last-good.ts';

/** Longest delay that SQS allows. A message that must wait longer is requeued again. */
const MAX_DELAY_SECONDS = 900;

const client = new DynamoDBClient();
const sqs = new SQSClient();
const dependencies = loadDependencies();
const settings = laneSettings(env('DEPENDENCY'));

const stores = openStores(client);
const ports = {
  ...stores,
  conflicts: openConflicts(),
  call: storingAnswers(dependencyCaller(), { ...stores, answers: openAnswers(client) }),
  startRecovery: recoveryStarter(new SFNClient(), env('RECOVERY_MACHINE_ARN')),
  sleep: async (ms: number) => sleep(ms),
  intake: {
    settings,
    retentionMs: envNumber('RETENTION_MS'),
    deadLetterQueueUrl: env('DEAD_LETTER_QUEUE_URL'),
    deadlineMs: envNumber('DEADLINE_MS'),
    isRegistered: (name: string) => dependencies.has(name),
    kindOf: (name: string) => dependencies.get(name)?.kind,
    takesEncodedSlashes: (name: string) => takesEncodedSlashes(dependencies.get(name)),
  },
  keepRejected: rejectsKeeper(sqs, env('REJECTS_QUEUE_URL')),
  parking: parking({
    client,
    table: env('LEDGER_TABLE'),
    runbookUrl: env('RUNBOOK_URL'),
    async keep(MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl: env('PARKED_QUEUE_URL'), MessageBody }));
    },
  }),
  async requeue(MessageBody: string, delayMs: number) {
    const DelaySeconds = Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(delayMs / 1_000)));
    await sqs.send(new SendMessageCommand({ QueueUrl: env('LANE_QUEUE_URL'), MessageBody, DelaySeconds }));
  },
  ...(settings.ordered && {
    ordered: orderedLane(sqs, {
      queueUrl: env('ORDERED_QUEUE_URL'),
      deadLetterQueueUrl: env('DEAD_LETTER_QUEUE_URL'),
    }),
  }),
};

/** @throws Error if the lane's dependency is the Recovery machine itself, whose failures would loop */
function laneSettings(name: string): DependencySettings {
  const settings = mustGet(name, dependencies);
  const isOurOwn = settings.kind === 'state-machine' && settings.targetArn === env('RECOVERY_MACHINE_ARN');
  if (isOurOwn) throw new Error(`${name} is Backstop's own machine`);
  return settings;
}

/** The hot tier: processes the lane queue's failures one after another, so that the lane's concurrency limit holds. */
export const handler = withSafeErrors(async (event: unknown, context: Context): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return processLaneBatch(Records, ports, () => context.getRemainingTimeInMillis());
});
