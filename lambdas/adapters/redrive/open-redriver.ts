import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { errorFacts } from '../../contract/error-facts.ts';
import { circuitGate } from '../../use-cases/redrive/circuit-gate.ts';
import { redriveOnClose } from '../../use-cases/redrive/redrive-on-close.ts';
import { DYNAMODB, MESSAGING, within } from '../budgets.ts';
import { DynamoDBCircuitStore } from '../circuit/dynamodb-circuit-store.ts';
import { circuitClient } from '../circuit/table-circuits.ts';
import { env, loadDependencies } from '../environment.ts';
import { openLanes } from '../facts/lane-facts.ts';
import { log, logger, telemetry } from '../telemetry.ts';
import { deadLetterQueue, targetQueue } from './dead-letter-queue.ts';
import { redriveRuns } from './redrive-runs.ts';

interface Redriver {
  /** Redrives for at most `ms`. Returns how long its message must wait, in milliseconds; undefined if it is done. */
  redrive(record: SQSRecord, ms: number): Promise<number | undefined>;
  /** Hides the message of a redrive that is not done. */
  hide(record: SQSRecord, forMs: number): Promise<void>;
}

/** Opens the redriver, as the function's environment says. */
export function openRedriver(): Redriver {
  const sqs = new SQSClient(within(MESSAGING));
  const QueueUrl = env('REDRIVES_QUEUE_URL');
  const dependencies = loadDependencies();
  const lanes = openLanes();
  const circuits = new DynamoDBCircuitStore({ client: circuitClient(), table: env('CIRCUITS_TABLE') });
  const gate = circuitGate(circuits, Date.now);
  const ports = {
    circuits,
    runs: redriveRuns({ client: new DynamoDBClient(within(DYNAMODB)), table: env('LEDGER_TABLE') }),
    async laneOf(name: string) {
      const settings = dependencies.get(name)?.redrive;
      if (!settings?.automatic) return undefined;
      const urls = await lanes.of(name);
      if (!urls) return undefined;
      const source = deadLetterQueue({ sqs, queueUrl: urls.deadLetterQueueUrl });
      return { settings, source, target: targetQueue(sqs, urls.queueUrl), gate };
    },
    now: Date.now,
    log,
    telemetry,
  };
  return {
    redrive({ messageId, body, attributes }, ms) {
      const signal = AbortSignal.timeout(Math.max(0, ms));
      const delivery = { messageId, body, sentAt: Number(attributes.SentTimestamp) };
      const wait = (forMs: number) => sleep(forMs, undefined, { signal }).catch(() => undefined);
      return redriveOnClose(delivery, { ...ports, signal, sleep: wait });
    },
    async hide({ receiptHandle: ReceiptHandle }, forMs) {
      const VisibilityTimeout = Math.ceil(forMs / 1_000);
      try {
        await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
      } catch (error) {
        logger.warn('the message stays hidden for longer', errorFacts(error));
      }
    },
  };
}
