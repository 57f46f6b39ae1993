import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { env, loadDependencies } from './shared/environment.ts';
import type { LedgerEntry } from './shared/ledger/ledger-entry.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { failedExecution } from './shared/recovery/failed-execution.ts';
import { executionStatusReader, overdue, reconcile } from './shared/recovery/reconciliation.ts';
import { recoveryStarter } from './shared/recovery/recovery-starter.ts';
import { about, count, errorFacts, guarded, logger } from './shared/telemetry.ts';

const client = new DynamoDBClient();
const sfn = new SFNClient();
const machineArn = env('RECOVERY_MACHINE_ARN');
const settingsOf = loadDependencies();
const tools = {
  ledger: openLedger(client),
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
  let unfinished = 0;
  for (const id of ids) {
    const entry = await tools.ledger.get(id);
    if (entry && !(await finish(entry))) unfinished++;
  }
  if (unfinished > 0) throw new Error(`${unfinished} of ${ids.length} entries could not be reconciled`);
});

/** Whether there was nothing to do, or it was done: an entry that can't be finished now must not keep others from it. */
function finish(entry: LedgerEntry): Promise<boolean> {
  return about({ correlationId: entry.correlationId, failureId: entry.id }, async () => {
    try {
      const repair = await reconcile(entry, tools);
      if (repair === 'none' || repair === 'still-running') return true;
      logger.warn('reconciled', { repair });
      count('FailureReconciled', { repair });
      return true;
    } catch (error) {
      logger.error('could not be reconciled', errorFacts(error));
      return false;
    }
  });
}
