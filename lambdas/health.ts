import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { allCircuits } from './adapters/circuit/all-circuits.ts';
import { env, loadDependencies } from './adapters/environment.ts';
import { queueDepth } from './adapters/health/queue-depth.ts';
import { backlog } from './adapters/ledger/backlog.ts';
import { logger, withSafeErrors } from './adapters/telemetry.ts';
import { errorFacts } from './contract/error-facts.ts';
import { answerRequest } from './use-cases/health/answer-request.ts';

const Queue = v.object({ lane: v.optional(v.string()), queue: v.string(), url: v.string() });

const client = new DynamoDBClient({
  maxAttempts: 2,
  requestHandler: { requestTimeout: 2_000, throwOnRequestTimeout: true },
});
const sqs = new SQSClient({ maxAttempts: 2 });
const queues = v.parse(v.array(Queue), JSON.parse(env('QUEUES')));
const ports = {
  dependencies: [...loadDependencies().keys()],
  now: Date.now,
  circuits: (now: number) => allCircuits({ client, table: env('CIRCUITS_TABLE') }, now),
  queues: () =>
    Promise.all(queues.map(async ({ lane, queue, url }) => ({ lane, queue, ...(await queueDepth(sqs, url)) }))),
  backlog: () => backlog({ client, table: env('LEDGER_TABLE') }),
  onError: (error: unknown) => logger.error('reading the health failed', errorFacts(error)),
};

/** Answers `/health` and `/metrics` on a function URL. */
export const handler = withSafeErrors((event) => answerRequest(event, ports));
