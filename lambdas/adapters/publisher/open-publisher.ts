import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DYNAMODB, MESSAGING, within } from '../budgets.ts';
import { circuitOutbox } from '../circuit/circuit-outbox.ts';
import { env } from '../environment.ts';
import { openLedger } from '../ledger/dynamodb-ledger.ts';
import type { PublisherPorts } from './publish-records.ts';

/** Opens the ports of the publisher, as the function's environment says. */
export function openPublisher(): PublisherPorts {
  const client = new DynamoDBClient(within(DYNAMODB));
  const bus = { events: new EventBridgeClient(within(MESSAGING)), busName: env('EVENT_BUS_NAME') };
  const circuitsTable = env('CIRCUITS_TABLE');
  return {
    failures: { ...bus, ledger: openLedger(client) },
    circuits: { ...bus, ledger: circuitOutbox(client, circuitsTable) },
    circuitsTable,
  };
}
