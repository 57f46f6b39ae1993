import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { DYNAMODB, MESSAGING, SECRETS, within } from '../budgets.ts';
import { env, loadDependencies, loadRunbook } from '../environment.ts';
import { openChannels } from './channels.ts';
import { incidentStore } from './incident-store.ts';
import type { NotifyPorts } from './notify.ts';
import { situationOf } from './situation.ts';

/** A failed message returns after this time. The queue's own visibility timeout of minutes is too long for a page. */
const RETRY_SECONDS = 15;

/** Opens the ports of the notifier, as the function's environment says. */
export function openNotifier(): NotifyPorts {
  const place = { client: new DynamoDBClient(within(DYNAMODB)), table: env('LEDGER_TABLE') };
  const secrets = new SecretsManagerClient(within(SECRETS));
  const sqs = new SQSClient(within(MESSAGING));
  const QueueUrl = env('ALERTS_QUEUE_URL');
  const dependencies = loadDependencies();
  const channels = openChannels(JSON.parse(env('ESCALATION')), {
    sns: new SNSClient(within(MESSAGING)),
    ssm: new SSMClient(within(MESSAGING)),
    tickets: place,
    sections: loadRunbook(),
    getSecret: async (name) => {
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: name }));
      if (SecretString === undefined) throw new Error('the secret is not text');
      return SecretString.trim();
    },
  });
  return {
    store: incidentStore(place),
    channels,
    situationOf: (subject, incident) => situationOf(subject, incident, place),
    now: Date.now,
    newToken: randomUUID,
    settingsOf: (dependency) => dependencies.get(dependency),
    urgencyOf: (dependency) => (dependencies.get(dependency)?.priority === 'P1' ? 'P1' : 'P2'),
    retrySoon: async (ReceiptHandle) => {
      const request = { QueueUrl, ReceiptHandle, VisibilityTimeout: RETRY_SECONDS };
      await sqs.send(new ChangeMessageVisibilityCommand(request));
    },
  };
}
