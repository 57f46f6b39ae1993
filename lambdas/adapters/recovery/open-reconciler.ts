import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DescribeExecutionCommand, ExecutionDoesNotExist, SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { asFailureKey } from '../../contract/failure-key.ts';
import type { ReconcilePorts } from '../../use-cases/recovery/reconciliation.ts';
import { DYNAMODB, MESSAGING, within } from '../budgets.ts';
import { circuitOutbox } from '../circuit/circuit-outbox.ts';
import { publishOpenCircuits } from '../circuit/publish-open-circuits.ts';
import { settleStoredCircuits } from '../circuit/settle-stored-circuits.ts';
import { createWaker } from '../conflict/wake.ts';
import { env, envNumber, loadDependencies } from '../environment.ts';
import { openLedger } from '../ledger/dynamodb-ledger.ts';
import { createEffects } from '../ledger/effects.ts';
import { publish } from '../ledger/outbox.ts';
import { telemetry } from '../telemetry.ts';
import { recoveryStarter, startArn } from './recovery-starter.ts';

interface Reconciler extends ReconcilePorts {
  /** Writes what time alone changes in the circuits, and publishes how many are open. */
  readonly watchCircuits: () => Promise<void>;
}

/** Opens the ports of the reconciler, as the function's environment says. */
export function openReconciler(): Reconciler {
  const client = new DynamoDBClient(within(DYNAMODB));
  const sfn = new SFNClient(within(MESSAGING));
  const sqs = new SQSClient(within(MESSAGING));
  const machineArn = env('RECOVERY_MACHINE_ARN');
  const circuits = { client, table: env('CIRCUITS_TABLE') };
  const dependencies = loadDependencies();
  const ledger = openLedger(client);
  const bus = { events: new EventBridgeClient(within(MESSAGING)), busName: env('EVENT_BUS_NAME') };
  const effects = createEffects({ client, table: env('EFFECTS_TABLE'), retentionMs: envNumber('RETENTION_MS') });
  return {
    ledger,
    effects,
    publish: (key, outbox) => publish(key, outbox, { ...bus, ledger }),
    async send(QueueUrl, MessageBody) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    },
    telemetry,
    wake: createWaker(sfn),
    startRecovery: recoveryStarter(sfn, startArn()),
    executionStatus: executionStatusReader(sfn, machineArn),
    lastResortQueueUrl: env('LAST_RESORT_QUEUE_URL'),
    runbookUrl: env('RUNBOOK_URL'),
    durableAttempts: (name) => dependencies.get(name)?.retry.durableAttempts ?? 0,
    isRegistered: (name) => dependencies.has(name),
    async watchCircuits() {
      const outboxes = { ...bus, ledger: circuitOutbox(client, circuits.table) };
      await settleStoredCircuits(dependencies, circuits, (key, outbox) => publish(asFailureKey(key), outbox, outboxes));
      await publishOpenCircuits([...dependencies.keys()], circuits);
    },
  };
}

function executionStatusReader(client: SFNClient, machineArn: string): ReconcilePorts['executionStatus'] {
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
