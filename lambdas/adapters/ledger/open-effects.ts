import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Effects } from '../../use-cases/ledger/effects.ts';
import { env, envNumber } from '../environment.ts';
import { createEffects } from './effects.ts';

/** Opens the effects table that the function's environment names. */
export function openEffects(client: DynamoDBClient): Effects {
  return createEffects({ client, table: env('EFFECTS_TABLE'), retentionMs: envNumber('RETENTION_MS') });
}
