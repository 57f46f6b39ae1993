import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  RedriveExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

/** What is done with executions of a team's own state machines. Throws what the service answers beside. */
export interface Executions {
  /** Undefined where there is no such execution. */
  describe(arn: string, signal: AbortSignal): Promise<DescribeExecutionCommandOutput | undefined>;
  /** Whether it could be redriven. @param token the same token redrives once only */
  redrive(arn: string, token: string, signal: AbortSignal): Promise<boolean>;
  /** Starts nothing where an execution of this name has been started before. */
  start(
    execution: { readonly stateMachineArn: string; readonly name: string; readonly input: string },
    signal: AbortSignal,
  ): Promise<void>;
}

export function executionsOf(client: SFNClient): Executions {
  return {
    async describe(executionArn, abortSignal) {
      try {
        return await client.send(new DescribeExecutionCommand({ executionArn }), { abortSignal });
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw error;
      }
    },
    async redrive(executionArn, clientToken, abortSignal) {
      try {
        await client.send(new RedriveExecutionCommand({ executionArn, clientToken }), { abortSignal });
        return true;
      } catch (error) {
        if (error instanceof ExecutionNotRedrivable) return false;
        throw error;
      }
    },
    async start(execution, abortSignal) {
      try {
        await client.send(new StartExecutionCommand(execution), { abortSignal });
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
  };
}
