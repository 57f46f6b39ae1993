import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient } from '@aws-sdk/client-sfn';
import type { ReconcilePorts } from '../../use-cases/recovery/reconciliation.ts';

export function executionStatusReader(client: SFNClient, machineArn: string): ReconcilePorts['executionStatus'] {
  const prefix = machineArn.replace(':stateMachine:', ':execution:');
  return async (name) => {
    try {
      const { status } = await client.send(new DescribeExecutionCommand({ executionArn: `${prefix}:${name}` }));
      return status;
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  };
}
