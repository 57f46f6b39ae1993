import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { errorFacts } from '../../contract/error-facts.ts';
import { namedValues } from '../../domain/json/named-values.ts';
import type { HealthPorts } from '../../use-cases/health/answer-request.ts';
import { HEALTH, within } from '../budgets.ts';
import { allCircuits } from '../circuit/all-circuits.ts';
import { env, loadDependencies } from '../environment.ts';
import { type LaneReader, openLanes } from '../facts/lane-facts.ts';
import { backlog } from '../ledger/backlog.ts';
import { logger, serviceName } from '../telemetry.ts';
import { queueDepth } from './queue-depth.ts';

/** Opens the ports of the health function, as its environment says. */
export function openHealth(): HealthPorts {
  const shared = v.parse(namedValues(v.string()), JSON.parse(env('SHARED_QUEUES')));
  const lanes = openLanes();
  const sqs = new SQSClient(within(HEALTH));
  const client = new DynamoDBClient(within(HEALTH));
  return {
    service: serviceName,
    dependencies: [...loadDependencies().keys()],
    now: Date.now,
    circuits: (now) => allCircuits({ client, table: env('CIRCUITS_TABLE') }, now),
    async queues() {
      const queues = [...(await lanes.all()).flatMap(queuesOf), ...Object.entries(shared).map(sharedQueue)];
      return Promise.all(
        queues.map(async ({ lane, queue, url }) => ({ lane, queue, ...(await queueDepth(sqs, url)) })),
      );
    },
    backlog: () => backlog({ client, table: env('LEDGER_TABLE') }),
    onError: (error) => logger.error('reading the health failed', errorFacts(error)),
  };
}

interface CountedQueue {
  readonly lane?: string;
  readonly queue: string;
  readonly url: string;
}

function queuesOf(lane: Awaited<ReturnType<LaneReader['all']>>[number]): readonly CountedQueue[] {
  const { name, queueUrl, deadLetterQueueUrl, orderedQueueUrl } = lane;
  return [
    { lane: name, queue: 'lane', url: queueUrl },
    { lane: name, queue: 'dead-letters', url: deadLetterQueueUrl },
    ...(orderedQueueUrl === undefined ? [] : [{ lane: name, queue: 'ordered', url: orderedQueueUrl }]),
  ];
}

function sharedQueue([queue, url]: readonly [string, string]): CountedQueue {
  return { queue, url };
}
