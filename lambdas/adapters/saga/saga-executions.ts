import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  GetExecutionHistoryCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { SagaExecutions } from '../../use-cases/saga/rescue.ts';

export function sagaExecutions(client: SFNClient): SagaExecutions {
  return {
    async *history(executionArn) {
      let nextToken: string | undefined;
      do {
        const page = await client.send(
          new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 100, nextToken }),
        );
        yield* page.events ?? [];
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return undefined;
    },
    describe: (executionArn) => client.send(new DescribeExecutionCommand({ executionArn })),
    async start(execution) {
      try {
        await client.send(new StartExecutionCommand(execution));
        return true;
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return false;
        throw error;
      }
    },
  };
}
