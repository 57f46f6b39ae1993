import { SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { BODIES_VARIABLE } from '../../contract/body-claim.ts';
import type { DependencySettings } from '../../contract/settings.ts';
import { accordingTo } from '../../domain/boundary/failure-context.ts';
import { MESSAGING, within } from '../budgets.ts';
import { env, envNumber, mustGet } from '../environment.ts';
import { openAttempts } from '../recovery/open-recovery.ts';
import { recoveryStarter, startArn } from '../recovery/recovery-starter.ts';
import { parking } from '../redrive/parking.ts';
import { COPY_ATTRIBUTE, type LanePorts } from './lane-batch.ts';
import { orderedLane } from './ordered-lane.ts';
import { rejectsKeeper } from './rejects.ts';

/** Longest delay that SQS allows. A message that must wait longer is requeued again. */
const MAX_DELAY_SECONDS = 900;

/** Opens the ports of a lane's worker, as the function's environment says. */
export function openLane(): LanePorts {
  const sqs = new SQSClient(within(MESSAGING));
  const send = async (QueueUrl: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  };
  const { dependencies, settingsOf, ...attempts } = openAttempts();
  const settings = laneSettings(mustGet(env('DEPENDENCY'), dependencies));
  const deadLetterQueueUrl = env('DEAD_LETTER_QUEUE_URL');
  const keep = (body: string) => send(env('PARKED_QUEUE_URL'), body);
  return {
    ...attempts,
    startRecovery: recoveryStarter(new SFNClient(within(MESSAGING)), startArn()),
    intake: {
      settings,
      deadLetterQueueUrl,
      retentionMs: envNumber('RETENTION_MS'),
      deadlineMs: envNumber('DEADLINE_MS'),
      takesClaims: process.env[BODIES_VARIABLE] !== undefined,
      ...accordingTo((name) => dependencies.get(name)),
    },
    keepRejected: rejectsKeeper(sqs, env('REJECTS_QUEUE_URL')),
    parking: parking({ ledger: attempts.ledger, runbookUrl: env('RUNBOOK_URL'), keep }),
    requeue: ({ body, delayMs, copy }) =>
      send(env('LANE_QUEUE_URL'), body, {
        DelaySeconds: delaySeconds(delayMs),
        MessageAttributes: { [COPY_ATTRIBUTE]: { DataType: 'Number', StringValue: String(copy) } },
      }),
    ordered: settings.ordered
      ? orderedLane(sqs, { queueUrl: env('ORDERED_QUEUE_URL'), deadLetterQueueUrl })
      : undefined,
  };
}

function delaySeconds(delayMs: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(delayMs / 1_000)));
}

/** @throws Error if the lane's dependency is the Recovery machine itself, whose failures would loop */
function laneSettings(settings: DependencySettings): DependencySettings {
  const isOurOwn = settings.kind === 'state-machine' && settings.targetArn === env('RECOVERY_MACHINE_ARN');
  if (isOurOwn) throw new Error(`${settings.name} is Backstop's own machine`);
  return settings;
}
