import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';

export interface EffectsOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** How long an effect is remembered, in milliseconds: longer than any redrive can come late. */
  readonly retentionMs: number;
}

/** Sees to it that the effect of an operation happens once, however often and however late it is asked for. */
export interface Effects {
  /**
   * Runs `effect` unless it has succeeded under this key before. One that throws is forgotten.
   *
   * @param leaseMs time after which it is over in any case: one that left no trace until then was cut off
   * @throws IdempotencyAlreadyInProgressError while another function runs it
   */
  once<Done extends { readonly statusCode: number }>(
    key: string,
    leaseMs: number,
    effect: () => Promise<Done>,
  ): Promise<Done>;
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
