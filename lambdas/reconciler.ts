import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { publishOpenCircuits } from './adapters/circuit/publish-open-circuits.ts';
import { createWaker } from './adapters/conflict/wake.ts';
import { env, loadDependencies } from './adapters/environment.ts';
import { openLedger } from './adapters/ledger/dynamodb-ledger.ts';
import { publish } from './adapters/ledger/outbox.ts';
import { executionStatusReader } from './adapters/recovery/execution-status.ts';
import { recoveryStarter } from './adapters/recovery/recovery-starter.ts';
import { count, identify, logger, telemetry, withSafeErrors } from './adapters/telemetry.ts';
import { errorFacts } from './contract/error-facts.ts';
import type { LedgerEntry, OutboxEntry } from './contract/ledger-entry.ts';
import { failedExecution } from './use-cases/ledger/failure-ref.ts';
import { findOverdue, type Repair, reconcile } from './use-cases/recovery/reconciliation.ts';

const client = new DynamoDBClient();
const sfn = new SFNClient();
const sqs = new SQSClient();
const machineArn = env('RECOVERY_MACHINE_ARN');
const dependencies = loadDependencies();
const ledger = openLedger(client);
const bus = { events: new EventBridgeClient(), busName: env('EVENT_BUS_NAME'), ledger };
const ports = {
  ledger,
  publish: (id: string, outbox: OutboxEntry) => publish(id, outbox, bus),
  async send(QueueUrl: string, MessageBody: string) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  },
  telemetry,
  wake: createWaker(sfn),
  startRecovery: recoveryStarter(sfn, machineArn),
  executionStatus: executionStatusReader(sfn, machineArn),
  lastResortQueueUrl: env('LAST_RESORT_QUEUE_URL'),
  runbookUrl: env('RUNBOOK_URL'),
  durableAttempts: (name: string) => dependencies.get(name)?.retry.durableAttempts ?? 0,
};

/** Repairs that need no log line. `woken` is routine: a second wake-up of an execution is normal and harmless. */
const ROUTINE_REPAIRS: ReadonlySet<Repair> = new Set(['none', 'still-running', 'woken']);

/** Finishes open failures: that of a failed execution, or, on schedule, all that are overdue. */
export const handler = withSafeErrors(async (event) => {
  const failed = failedExecution(event);
  if (!failed) await publishOpenCircuits([...dependencies.keys()], { client, table: env('CIRCUITS_TABLE') });
  const ids = failed ? [failed.id] : await findOverdue(ports.ledger);
  let unfinished = 0;
  for (const id of ids) if (!(await finish(id, failed?.cycle))) unfinished++;
  if (unfinished > 0) throw new Error(`failed to reconcile ${unfinished} of ${ids.length} entries`);
});

/**
 * Reconciles an entry. False if that failed; the entry is postponed then, so that it does not block the others. Ignores
 * an execution of an earlier cycle.
 */
async function finish(id: string, cycle: number | undefined): Promise<boolean> {
  identify({ failureId: id });
  let entry: LedgerEntry | undefined;
  try {
    entry = await ports.ledger.get(id);
    if (!entry || (cycle !== undefined && cycle !== entry.cycle)) return true;
    identify({ correlationId: entry.correlationId, failureId: id });
    const repair = await reconcile(entry, ports);
    if (!ROUTINE_REPAIRS.has(repair)) {
      logger.warn('reconciled', { repair });
      count('FailureReconciled', { repair });
    }
    return true;
  } catch (error) {
    logger.error('reconciliation failed', errorFacts(error));
    if (entry) await ports.ledger.postpone(entry).catch(() => undefined);
    return false;
  }
}
