import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SettlePorts } from '../../use-cases/recovery/settlement.ts';
import { DYNAMODB, MESSAGING, within } from '../budgets.ts';
import { env, envNumber, loadDependencies } from '../environment.ts';
import { openLedger } from '../ledger/dynamodb-ledger.ts';
import { createEffects } from '../ledger/effects.ts';

/** Opens the ports of the function that records outcomes, as its environment says. */
export function openSettling(): SettlePorts {
  const client = new DynamoDBClient(within(DYNAMODB));
  const sqs = new SQSClient(within(MESSAGING));
  const dependencies = loadDependencies();
  return {
    ledger: openLedger(client),
    effects: createEffects({ client, table: env('EFFECTS_TABLE'), retentionMs: envNumber('RETENTION_MS') }),
    async send(QueueUrl, MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
    runbookUrl: env('RUNBOOK_URL'),
    isRegistered: (name) => dependencies.has(name),
  };
}
