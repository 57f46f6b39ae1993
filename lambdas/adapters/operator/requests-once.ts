import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import { OPERATOR_REQUESTS } from '../../contract/item-keys.ts';
import type { Once } from '../../use-cases/operator/desk-ports.ts';
import type { Table } from '../table.ts';

/** How long the result of a request is kept, in seconds. The tool repeats a request for less than three minutes. */
const KEPT_SECONDS = 3_600;
/** The function's own timeout. A request without a result after that was cut off. */
const LEASE_MS = 29_000;

/** Keeps the results of operators' requests in the effects table, under keys of their own. */
export function requestsOnce({ client, table }: Table): Once {
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName: table, awsSdkV3Client: client });
  const config = new IdempotencyConfig({
    expiresAfterSeconds: KEPT_SECONDS,
    hashFunction: 'sha256',
    throwOnNoIdempotencyKey: true,
  });
  // The library takes the lease from the context's remaining time.
  config.registerLambdaContext({ getRemainingTimeInMillis: () => LEASE_MS } as Context);
  return (key, work) =>
    makeIdempotent((_: string) => work(), { persistenceStore, config, keyPrefix: OPERATOR_REQUESTS })(key);
}
