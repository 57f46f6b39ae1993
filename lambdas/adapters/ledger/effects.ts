import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import type { Effects } from '../../use-cases/ledger/effects.ts';

export interface EffectsOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** How long an effect is remembered, in milliseconds: longer than any redrive can come late. */
  readonly retentionMs: number;
}

export function createEffects({ client, table, retentionMs }: EffectsOptions): Effects {
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName: table, awsSdkV3Client: client });
  const config = new IdempotencyConfig({
    expiresAfterSeconds: Math.ceil(retentionMs / 1000),
    hashFunction: 'sha256',
    throwOnNoIdempotencyKey: true,
  });
  return {
    once(key, leaseMs, effect) {
      // What Powertools asks the Lambda context for. The call is over long before the function's time is.
      config.registerLambdaContext({ getRemainingTimeInMillis: () => leaseMs } as Context);
      // The worker's and the Attempt function's records must be the same, so the prefix is not the function's name.
      const run = makeIdempotent(async (_key: string) => effect(), {
        persistenceStore,
        config,
        keyPrefix: 'operation',
      });
      return run(key);
    },
  };
}
