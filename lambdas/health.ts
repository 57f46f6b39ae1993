import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { allCircuits } from './shared/circuit/all-circuits.ts';
import { env, loadDependencies } from './shared/environment.ts';
import { answerRequest } from './shared/health/answer-request.ts';
import { queueDepth } from './shared/health/queue-depth.ts';
import { backlog } from './shared/ledger/backlog.ts';
import { errorFacts, guarded, logger } from './shared/telemetry.ts';

const Queue = v.object({ lane: v.optional(v.string()), queue: v.string(), url: v.string() });

const client = new DynamoDBClient({
  maxAttempts: 2,
  requestHandler: { requestTimeout: 2_000, throwOnRequestTimeout: true },
});
const sqs = new SQSClient({ maxAttempts: 2 });
const queues = v.parse(v.array(Queue), JSON.parse(env('QUEUES')));
const tools = {
  dependencies: [...loadDependencies().keys()],
  now: Date.now,
  circuits: (now: number) => allCircuits({ client, table: env('CIRCUITS_TABLE') }, now),
  queues: () =>
    Promise.all(
      queues.map(async ({ lane, queue, url }) => ({
        ...(lane !== undefined && { lane }),
        queue,
        ...(await queueDepth(sqs, url)),
      })),
    ),
  backlog: () => backlog({ client, table: env('LEDGER_TABLE') }),
  failed: (error: unknown) => logger.error('reading the health failed', errorFacts(error)),
};

/** Answers `/health` and `/metrics` on a function URL. */
export const handler = guarded((event) => answerRequest(event, tools));
