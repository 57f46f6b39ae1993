import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { StartRecovery } from '../../use-cases/recovery/escalate-to-workflow.ts';

/** Starts the execution that the entry names. Starting it again, even when it has ended long ago, does nothing. */
export function recoveryStarter(client: SFNClient, stateMachineArn: string): StartRecovery {
  return async (entry) => {
    const { id, cycle, correlationId, dependency, deadLetterQueueUrl } = entry;
    // A time that has passed is not waited for. Times sort as text.
    const times = [entry.notBefore ?? entry.receivedAt, entry.deadline, entry.fallbackAt ?? entry.deadline];
    const waitUntil = times.reduce((earliest, time) => (time < earliest ? time : earliest));
    const input = JSON.stringify({ id, cycle, correlationId, dependency, deadLetterQueueUrl, waitUntil });
    try {
      await client.send(new StartExecutionCommand({ stateMachineArn, name: entry.execution, input }));
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  };
}
