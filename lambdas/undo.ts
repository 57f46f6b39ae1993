import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './adapters/boundary/dependency-caller.ts';
import { envNumber, loadDependencies } from './adapters/environment.ts';
import { openStores } from './adapters/recovery/open-stores.ts';
import { withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { refusePending } from './use-cases/call.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { undoFailure } from './use-cases/undo/undo-failure.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const ports = {
  ...openStores(client),
  call: refusePending(dependencyCaller(() => false)),
  settingsOf: (name: string) => dependencies.get(name),
  sleep: async (ms: number) => sleep(ms),
  deadlineMs: envNumber('DEADLINE_MS'),
};

/** Undoes the completed steps of a failure that was given up, for the Recovery machine. */
export const handler = withSafeErrors(async (event, context) => {
  const ref = failureRef(event);
  const remainingMs = () => context.getRemainingTimeInMillis();
  return withFailureIds(ref, () => undoFailure(ref, { ...ports, remainingMs }));
});
