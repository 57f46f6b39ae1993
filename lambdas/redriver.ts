import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { DynamoDBCircuitStore } from './adapters/circuit/dynamodb-circuit-store.ts';
import { circuitClient } from './adapters/circuit/open-circuits.ts';
import { env, loadDependencies } from './adapters/environment.ts';
import { deadLetterQueue, targetQueue } from './adapters/redrive/dead-letter-queue.ts';
import { redriveRuns } from './adapters/redrive/redrive-runs.ts';
import { log, logger, telemetry, withSafeErrors } from './adapters/telemetry.ts';
import { errorFacts } from './contract/error-facts.ts';
import { circuitGate } from './use-cases/redrive/circuit-gate.ts';
import { redriveOnClose } from './use-cases/redrive/redrive-on-close.ts';

/** Time to finish open requests before the function's own limit. */
const MARGIN_MS = 20_000;

const sqs = new SQSClient();
const dependencies = loadDependencies();
/** Queue URLs by dependency name. */
const queues = new Map<string, { readonly queueUrl: string; readonly deadLetterQueueUrl: string }>(
  Object.entries(JSON.parse(env('LANES'))),
);
const gate = circuitGate(new DynamoDBCircuitStore({ client: circuitClient(), table: env('CIRCUITS_TABLE') }), Date.now);
const ports = {
  runs: redriveRuns({ client: new DynamoDBClient(), table: env('LEDGER_TABLE') }),
  laneOf(name: string) {
    const [urls, settings] = [queues.get(name), dependencies.get(name)?.redrive];
    if (!urls || !settings?.automatic) return undefined;
    const source = deadLetterQueue({ sqs, queueUrl: urls.deadLetterQueueUrl });
    return { settings, source, target: targetQueue(sqs, urls.queueUrl), gate };
  },
  now: Date.now,
  log,
  telemetry,
};

/**
 * Redrives a lane whose circuit has closed. The message stays in its queue until the redrive is done, so that another
 * invocation continues what takes longer than one.
 */
export const handler = withSafeErrors(async (event: unknown, context: Context): Promise<SQSBatchResponse> => {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of (event as SQSEvent).Records) {
    const retryInMs = await redriveOnce(record, context.getRemainingTimeInMillis() - MARGIN_MS);
    if (retryInMs === undefined) continue;
    await hide(record, retryInMs);
    batchItemFailures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures };
});

async function redriveOnce({ messageId, body, attributes }: SQSRecord, ms: number): Promise<number | undefined> {
  const signal = AbortSignal.timeout(Math.max(0, ms));
  const delivery = { messageId, body, sentAt: Number(attributes.SentTimestamp) };
  return redriveOnClose(delivery, {
    ...ports,
    signal,
    sleep: (forMs) => sleep(forMs, undefined, { signal }).catch(() => undefined),
  });
}

async function hide({ receiptHandle: ReceiptHandle }: SQSRecord, forMs: number): Promise<void> {
  const VisibilityTimeout = Math.ceil(forMs / 1_000);
  try {
    await sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: env('REDRIVES_QUEUE_URL'), ReceiptHandle, VisibilityTimeout }),
    );
  } catch (error) {
    logger.warn('the message stays hidden for longer', errorFacts(error));
  }
}
