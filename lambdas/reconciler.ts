import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { env, envNumber, loadDependencies } from './shared/environment.ts';
import { failedExecution } from './shared/failed-execution.ts';
import { Ledger } from './shared/ledger.ts';
import { executionStatusReader, overdue, reconcile } from './shared/reconciliation.ts';
import { recoveryStarter } from './shared/recovery-starter.ts';
import { about, count, errorFacts, guarded, logger } from './shared/telemetry.ts';

const client = new DynamoDBClient();
const sfn = new SFNClient();
const machineArn = env('RECOVERY_MACHINE_ARN');
const settingsOf = loadDependencies();
const tools = {
  ledger: new Ledger({ client, table: env('LEDGER_TABLE'), reconcileAfterMs: envNumber('RECONCILE_AFTER_MS') }),
  events: new EventBridgeClient(),
  busName: env('EVENT_BUS_NAME'),
  sqs: new SQSClient(),
  startRecovery: recoveryStarter(sfn, machineArn),
  executionStatus: executionStatusReader(sfn, machineArn),
  durableAttempts: (dependency: string) => settingsOf(dependency).retry.durableAttempts,
};

/** Finishes what was left open: the failure of an execution that failed, or on schedule all that is overdue. */
export const handler = guarded(async (event) => {
  const failed = failedExecution(event);
  const ids = failed ? [failed.id] : await overdue(tools.ledger);
  const failures: string[] = [];
  for (const id of ids) {
    await about({ correlationId: failed?.correlationId ?? id, failureId: id }, async () => {
      try {
        const repair = await reconcile(id, tools);
        if (repair === 'none' || repair === 'still-running') return;
        logger.warn('reconciled', { repair });
        count('FailureReconciled', { repair });
      } catch (error) {
        logger.error('could not be reconciled', errorFacts(error));
        failures.push(id);
      }
    });
  }
  if (failures.length > 0) throw new Error(`${failures.length} of ${ids.length} entries could not be reconciled`);
});
