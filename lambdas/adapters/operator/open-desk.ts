import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { errorFacts } from '../../contract/error-facts.ts';
import { OPERATION_FAILED, OPERATOR_SOURCE } from '../../contract/events.ts';
import { RefusedError } from '../../use-cases/operator/desk.ts';
import type { DeskPorts } from '../../use-cases/operator/desk-ports.ts';
import { bodyClaimer, bucketReader } from '../boundary/claimed-body.ts';
import { DYNAMODB, MESSAGING, within } from '../budgets.ts';
import { DynamoDBCircuitStore } from '../circuit/dynamodb-circuit-store.ts';
import { createWaker } from '../conflict/wake.ts';
import { env, envNumber, loadDependencies } from '../environment.ts';
import { incidentStore } from '../escalation/incident-store.ts';
import { openLanes } from '../facts/lane-facts.ts';
import { DynamoDBLedger, separatesOperations } from '../ledger/dynamodb-ledger.ts';
import { redriveRuns } from '../redrive/redrive-runs.ts';
import { count, logger } from '../telemetry.ts';
import { announcing } from './announcement.ts';
import { auditLog } from './audit-log.ts';
import { requestsOnce } from './requests-once.ts';

/** If nobody wakes the machine after a decision, the reconciler does so after this time. */
const WAKE_WITHIN_MS = 60_000;

/** Opens the ports of the operator function, as its environment says. */
export function openDesk(): DeskPorts {
  const client = new DynamoDBClient(within(DYNAMODB));
  const ledgerTable = { client, table: env('LEDGER_TABLE') };
  const retentionMs = envNumber('RETENTION_MS');
  const kept = { ...ledgerTable, retentionMs, separates: separatesOperations() };
  const ledgerOn = (reconcileAfterMs: number) => new DynamoDBLedger({ ...kept, reconcileAfterMs });
  return {
    once: requestsOnce({ client, table: env('EFFECTS_TABLE') }),
    audit: auditLog({ client, table: env('AUDIT_TABLE'), announce: announcing(ledgerTable) }),
    ledger: ledgerOn(envNumber('RECONCILE_AFTER_MS')),
    decisions: ledgerOn(WAKE_WITHIN_MS),
    wake: createWaker(new SFNClient(within(MESSAGING))),
    circuits: new DynamoDBCircuitStore({ client, table: env('CIRCUITS_TABLE') }),
    runs: redriveRuns(ledgerTable),
    incidents: incidentStore(ledgerTable),
    turnLane: laneSwitch(),
    report: reporting(),
    claimBody: bodyClaimer(bucketReader()),
    account: env('ACCOUNT'),
    dependencies: loadDependencies(),
    retentionMs,
    now: Date.now,
    onUnrecorded(error) {
      logger.error('the end of an action is not in the audit log', errorFacts(error));
      count('HandlerFailed');
    },
  };
}

function laneSwitch(): DeskPorts['turnLane'] {
  const lambda = new LambdaClient(within(MESSAGING));
  const lanes = openLanes();
  return async (dependency, isPaused) => {
    const UUID = (await lanes.of(dependency))?.sourceId;
    if (UUID === undefined) throw new RefusedError(`there is no lane '${dependency}'`);
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: !isPaused }));
  };
}

function reporting(): DeskPorts['report'] {
  const events = new EventBridgeClient(within(MESSAGING));
  const EventBusName = env('EVENT_BUS_NAME');
  return async (Detail) => {
    const entry = { EventBusName, Source: OPERATOR_SOURCE, DetailType: OPERATION_FAILED, Detail };
    const { Entries = [] } = await events.send(new PutEventsCommand({ Entries: [entry] }));
    const { ErrorCode } = Entries[0] ?? {};
    if (ErrorCode !== undefined) throw new RefusedError(`the bus rejected the event: ${ErrorCode}`);
  };
}
