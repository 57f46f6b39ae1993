import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { failureKey } from '../../contract/failure-key.ts';
import type { StartRecovery } from '../../use-cases/recovery/escalate-to-workflow.ts';
import { env } from '../environment.ts';

/** ARN that starts executions: of the Recovery machine, or of its alias if deployments shift its traffic. */
export function startArn(): string {
  return process.env.RECOVERY_START_ARN || env('RECOVERY_MACHINE_ARN');
}

/** Creates a starter of Recovery executions. A second start of an execution does nothing, even after it has ended. */
export function recoveryStarter(client: SFNClient, stateMachineArn: string): StartRecovery {
  return async (entry) => {
    const { id, cycle, correlationId, dependency, deadLetterQueueUrl } = entry;
    // The machine does not wait for a time in the past. Times sort as text.
    const times = [entry.notBefore ?? entry.receivedAt, entry.deadline, entry.fallbackAt ?? entry.deadline];
    const waitUntil = times.reduce((earliest, time) => (time < earliest ? time : earliest));
    const input = JSON.stringify({
      key: failureKey(entry),
      id,
      cycle,
      correlationId,
      dependency,
      deadLetterQueueUrl,
      waitUntil,
    });
    try {
      await client.send(new StartExecutionCommand({ stateMachineArn, name: entry.execution, input }));
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  };
}
