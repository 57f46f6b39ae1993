import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { env, envNumber } from '../environment.ts';
import { DynamoDBLedger } from './dynamodb-ledger.ts';

/** Opens the ledger that the function's environment names. */
export function openLedger(client: DynamoDBClient): Ledger {
  return new DynamoDBLedger({
    client,
    table: env('LEDGER_TABLE'),
    reconcileAfterMs: envNumber('RECONCILE_AFTER_MS'),
    retentionMs: envNumber('RETENTION_MS'),
  });
}
