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

/** Operations on executions of your state machines. Methods throw the service's other errors. */
export interface Executions {
  /** Undefined if the execution does not exist. */
  describe(arn: string, signal: AbortSignal): Promise<DescribeExecutionCommandOutput | undefined>;
  /**
   * Redrives an execution. False if it cannot be redriven.
   *
   * @param token idempotency token: the same token redrives once
   */
  redrive(arn: string, token: string, signal: AbortSignal): Promise<boolean>;
  /** Starts an execution. False if one of this name exists that has ended, or has another input. */
  start(
    execution: { readonly stateMachineArn: string; readonly name: string; readonly input: string },
    signal: AbortSignal,
  ): Promise<boolean>;
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
        return true;
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return false;
        throw error;
      }
    },
  };
}
