import { SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { env } from './adapters/environment.ts';
import { sagaExecutions } from './adapters/saga/saga-executions.ts';
import { count, logger, withSafeErrors } from './adapters/telemetry.ts';
import type { RescueRequest } from './contract/resume-points.ts';
import { rescue } from './use-cases/saga/rescue.ts';

const executions = sagaExecutions(new SFNClient());
const sqs = new SQSClient();
const QueueUrl = env('LAST_RESORT_QUEUE_URL');
const runbookUrl = env('RUNBOOK_URL');

/** Continues a saga whose execution was aborted, timed out, or failed outside any catch. */
export const handler = withSafeErrors(async (event) => {
  const request = event as RescueRequest;
  const { executionArn, saga } = request;
  const execution = executionArn.replace(/^.*:/, '');
  const result = await rescue(request, executions);
  switch (result.kind) {
    case 'none':
      return result;
    case 'rescued':
      logger.warn('saga rescued', { saga: saga.name, execution, at: result.at, direction: result.direction });
      count('SagaRescued', { direction: result.direction });
      return result;
    case 'given-up': {
      const { reason } = result;
      logger.error('saga left to a human', { saga: saga.name, execution, reason });
      const message = {
        saga: saga.name,
        executionArn,
        reason,
        runbookUrl: `${runbookUrl}#a-saga-that-stopped-halfway`,
      };
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
      return result;
    }
    default:
      return result satisfies never;
  }
});
