import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { dependencyCaller } from './shared/boundary/dependency-caller.ts';
import { rejectsKeeper } from './shared/boundary/rejects.ts';
import type { DependencySettings } from './shared/boundary/settings.ts';
import { openCircuits } from './shared/circuit/open-circuits.ts';
import { openConflicts } from './shared/conflict/open-conflicts.ts';
import { env, envNumber, loadDependencies, mustGet } from './shared/environment.ts';
import { openAnswers } from './shared/fallback/answer-store.ts';
import { remembering } from './shared/fallback/last-good.ts';
import { openEffects } from './shared/ledger/open-effects.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { processLaneBatch } from './shared/recovery/lane-batch.ts';
import { orderedLane } from './shared/recovery/ordered-lane.ts';
import { recoveryStarter } from './shared/recovery/recovery-starter.ts';
import { parking } from './shared/redrive/parking.ts';
import { guarded, logger, telemetry } from './shared/telemetry.ts';

/** SQS hides no new message for longer; it is then sent back once more. */
const MAX_DELAY_SECONDS = 900;

const client = new DynamoDBClient();
const sqs = new SQSClient();
const dependencies = loadDependencies();
const settings = laneSettings(env('DEPENDENCY'));

const ledger = openLedger(client);
const tools = {
  ledger,
  effects: openEffects(client),
  circuits: openCircuits(),
  conflicts: openConflicts(),
  call: remembering(dependencyCaller(), { answers: openAnswers(client), ledger, telemetry }),
  startRecovery: recoveryStarter(new SFNClient(), env('RECOVERY_MACHINE_ARN')),
  sleep: async (ms: number) => sleep(ms),
  log: (message: string, facts: Record<string, unknown>) => logger.info(message, facts),
  telemetry,
  intake: {
    settings,
    retentionMs: envNumber('RETENTION_MS'),
    deadLetterQueueUrl: env('DEAD_LETTER_QUEUE_URL'),
    deadlineMs: envNumber('DEADLINE_MS'),
    isRegistered: (name: string) => dependencies.has(name),
    kindOf: (name: string) => dependencies.get(name)?.kind,
  },
  keepRejected: rejectsKeeper(sqs, env('REJECTS_QUEUE_URL')),
  parking: parking({
    ...{ client, table: env('LEDGER_TABLE'), runbookUrl: env('RUNBOOK_URL') },
    async keep(MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl: env('PARKED_QUEUE_URL'), MessageBody }));
    },
  }),
  async sendBack(MessageBody: string, delayMs: number) {
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

/** @throws Error where the lane would take failures of the Recovery machine, each of which would make another */
function laneSettings(name: string): DependencySettings {
  const settings = mustGet(name, dependencies);
  const isOurOwn = settings.kind === 'state-machine' && settings.targetArn === env('RECOVERY_MACHINE_ARN');
  if (isOurOwn) throw new Error(`${name} is Backstop's own machine`);
  return settings;
}

/** The hot tier: takes failures from the lane queue, one after another, so that a lane's calls in flight stay counted. */
export const handler = guarded(async (event: unknown, context: Context): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return processLaneBatch(Records, tools, () => context.getRemainingTimeInMillis());
});
