import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import { dependencyPart, type EffectKey } from '../../domain/ledger/effect-key.ts';
import { KEY_SEPARATOR } from '../../domain/ledger/failure-key.ts';
import type { Effects } from '../../use-cases/ledger/effects.ts';
import type { Table } from '../table.ts';

interface EffectsOptions extends Table {
  /** How long an effect is remembered, in milliseconds. Must outlive the latest possible redrive. */
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
      // Powertools takes the lease from the context's remaining time. A call ends long before the function does.
      config.registerLambdaContext({ getRemainingTimeInMillis: () => leaseMs } as Context);
      // The worker and the Attempt function must share their records, so the prefix is not the function's name. It names
      // the dependency, because Powertools stores a digest of the key, and the workers' policies name dependencies.
      const run = makeIdempotent(async (_key: EffectKey) => withoutUndefined(await effect()), {
        persistenceStore,
        config,
        keyPrefix: `${dependencyPart(key)}${KEY_SEPARATOR}`,
      });
      return run(key);
    },
  };
}

/** The store rejects undefined fields, and a rejected success would look like a call with an unknown result. */
function withoutUndefined<T>(result: T): T {
  return JSON.parse(JSON.stringify(result)) as T;
}
