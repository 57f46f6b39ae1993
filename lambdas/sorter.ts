import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { env, envNumber, loadDependencies } from './adapters/environment.ts';
import { type Sorted, sortBatch } from './adapters/lane/sort-batch.ts';
import { openLedger } from './adapters/ledger/open-ledger.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import { takesEncodedSlashes } from './contract/settings.ts';

const sqs = new SQSClient();
const QueueUrl = env('ORDERED_QUEUE_URL');
const dependencies = loadDependencies();
const ports = {
  dependency: env('DEPENDENCY'),
  retentionMs: envNumber('RETENTION_MS'),
  kindOf: (name: string) => dependencies.get(name)?.kind,
  takesEncodedSlashes: (name: string) => takesEncodedSlashes(dependencies.get(name)),
  ledger: openLedger(new DynamoDBClient()),
  async forward({ body, group, name }: Sorted) {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: name,
      }),
    );
  },
};

/** Sorts failures of an ordered lane into one message group per resource. An EventBridge rule has one fixed group. */
export const handler = withSafeErrors(async (event: unknown): Promise<SQSBatchResponse> => {
  const { Records } = event as SQSEvent;
  return sortBatch(Records, ports);
});
