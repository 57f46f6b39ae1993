import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AttemptPorts } from '../../use-cases/recovery/attempt-operation.ts';
import { openCircuits } from '../circuit/open-circuits.ts';
import { env, envNumber } from '../environment.ts';
import { openLedger } from '../ledger/dynamodb-ledger.ts';
import { createEffects } from '../ledger/effects.ts';
import { log, telemetry } from '../telemetry.ts';

type Stores = Pick<AttemptPorts, 'ledger' | 'effects' | 'circuits' | 'log' | 'telemetry'>;

/** Opens what every function that makes calls needs: the stores that its environment names, log and metrics. */
export function openStores(client: DynamoDBClient): Stores {
  return {
    ledger: openLedger(client),
    effects: createEffects({ client, table: env('EFFECTS_TABLE'), retentionMs: envNumber('RETENTION_MS') }),
    circuits: openCircuits(),
    log,
    telemetry,
  };
}
