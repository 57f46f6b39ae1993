import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { errorFacts } from '../../contract/error-facts.ts';
import type { HealthPorts } from '../../use-cases/health/answer-request.ts';
import { HEALTH, within } from '../budgets.ts';
import { allCircuits } from '../circuit/all-circuits.ts';
import { env, loadDependencies } from '../environment.ts';
import { backlog } from '../ledger/backlog.ts';
import { logger, serviceName } from '../telemetry.ts';
import { queueDepth } from './queue-depth.ts';

/** Opens the ports of the health function, as its environment says. */
export function openHealth(): HealthPorts {
  const Queue = v.object({ lane: v.optional(v.string()), queue: v.string(), url: v.string() });
  const queues = v.parse(v.array(Queue), JSON.parse(env('QUEUES')));
  const sqs = new SQSClient(within(HEALTH));
  const client = new DynamoDBClient(within(HEALTH));
  return {
    service: serviceName,
    dependencies: [...loadDependencies().keys()],
    now: Date.now,
    circuits: (now) => allCircuits({ client, table: env('CIRCUITS_TABLE') }, now),
    queues: () =>
      Promise.all(queues.map(async ({ lane, queue, url }) => ({ lane, queue, ...(await queueDepth(sqs, url)) }))),
    backlog: () => backlog({ client, table: env('LEDGER_TABLE') }),
    onError: (error) => logger.error('reading the health failed', errorFacts(error)),
  };
}
