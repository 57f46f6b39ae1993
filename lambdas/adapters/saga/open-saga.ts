import { SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MESSAGING, within } from '../budgets.ts';
import { env } from '../environment.ts';
import type { SagaPorts } from './continue-saga.ts';
import { sagaExecutions } from './saga-executions.ts';

/** Opens the ports of the saga function, as the function's environment says. */
export function openSaga(): SagaPorts {
  const sqs = new SQSClient(within(MESSAGING));
  const QueueUrl = env('LAST_RESORT_QUEUE_URL');
  return {
    executions: sagaExecutions(new SFNClient(within(MESSAGING))),
    runbookUrl: env('RUNBOOK_URL'),
    async keep(message) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
    },
  };
}
