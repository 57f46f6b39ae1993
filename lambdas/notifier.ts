import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { SQSEvent } from 'aws-lambda';
import { env, loadDependencies } from './adapters/environment.ts';
import { openChannels } from './adapters/escalation/channels.ts';
import { incidentStore } from './adapters/escalation/incident-store.ts';
import { notify } from './adapters/escalation/notify.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

/** A failed message returns after this time. The queue's own visibility timeout of minutes is too long for a page. */
const RETRY_SECONDS = 15;

const client = new DynamoDBClient();
const secrets = new SecretsManagerClient({ maxAttempts: 2 });
const sqs = new SQSClient();
const table = env('LEDGER_TABLE');
const dependencies = loadDependencies();
const ports = {
  store: incidentStore({ client, table }),
  channels: openChannels(JSON.parse(env('ESCALATION')), {
    sns: new SNSClient(),
    ssm: new SSMClient(),
    tickets: { client, table },
    getSecret: async (name) => {
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: name }));
      if (SecretString === undefined) throw new Error('the secret is not text');
      return SecretString.trim();
    },
  }),
  now: Date.now,
  newToken: randomUUID,
  urgencyOf: (dependency: string) =>
    dependencies.get(dependency)?.priority === 'P1' ? ('P1' as const) : ('P2' as const),
  retrySoon: async (ReceiptHandle: string) => {
    const QueueUrl = env('ALERTS_QUEUE_URL');
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: RETRY_SECONDS }));
  },
};

/** Groups signals with one cause into one incident and notifies humans. */
export const handler = withSafeErrors((event) => notify((event as SQSEvent).Records, ports));
