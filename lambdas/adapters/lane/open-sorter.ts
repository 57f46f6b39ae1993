import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { accordingTo } from '../../domain/boundary/failure-context.ts';
import { DYNAMODB, MESSAGING, within } from '../budgets.ts';
import { env, envNumber, loadDependencies } from '../environment.ts';
import { openLedger } from '../ledger/dynamodb-ledger.ts';
import type { SorterPorts } from './sort-batch.ts';

/** Opens the ports of an ordered lane's sorter, as the function's environment says. */
export function openSorter(): SorterPorts {
  const sqs = new SQSClient(within(MESSAGING));
  const QueueUrl = env('ORDERED_QUEUE_URL');
  const dependencies = loadDependencies();
  return {
    dependency: env('DEPENDENCY'),
    retentionMs: envNumber('RETENTION_MS'),
    ...accordingTo((name) => dependencies.get(name)),
    ledger: openLedger(new DynamoDBClient(within(DYNAMODB))),
    async forward({ body: MessageBody, group: MessageGroupId, name: MessageDeduplicationId }) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId }));
    },
  };
}
