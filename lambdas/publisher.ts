import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { circuitOutbox } from './adapters/circuit/circuit-outbox.ts';
import { publishOpenCircuit } from './adapters/circuit/publish-open-circuits.ts';
import { env } from './adapters/environment.ts';
import { openLedger } from './adapters/ledger/dynamodb-ledger.ts';
import { publish } from './adapters/ledger/outbox.ts';
import { readOutboxRecord } from './adapters/ledger/outbox-record.ts';
import { identify, logger, withSafeErrors } from './adapters/telemetry.ts';
import { errorFacts } from './contract/error-facts.ts';

const client = new DynamoDBClient();
const bus = { events: new EventBridgeClient(), busName: env('EVENT_BUS_NAME') };
const circuitsTable = env('CIRCUITS_TABLE');
const failurePorts = { ...bus, ledger: openLedger(client) };
const circuitPorts = { ...bus, ledger: circuitOutbox(client, circuitsTable) };

/** Publishes events from the outbox. The stream keeps its order: after a failed record, all later ones come again. */
export const handler = withSafeErrors(async (event): Promise<DynamoDBBatchResponse> => {
  for (const record of (event as DynamoDBStreamEvent).Records) {
    const found = readOutboxRecord(record);
    if (!found) continue;
    const { id, correlationId, outbox } = found;
    const isCircuit = record.eventSourceARN?.includes(`:table/${circuitsTable}/`);
    identify(isCircuit ? {} : { correlationId, failureId: id });
    try {
      await publish(id, outbox, isCircuit ? circuitPorts : failurePorts);
      if (isCircuit) publishOpenCircuit(outbox.detail);
    } catch (error) {
      logger.error('the event stays in the outbox', { detailType: outbox.detailType, ...errorFacts(error) });
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
});
