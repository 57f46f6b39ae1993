import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './shared/boundary/dependency-caller.ts';
import { openCircuits } from './shared/circuit/open-circuits.ts';
import { envNumber, loadDependencies } from './shared/environment.ts';
import { openEffects } from './shared/ledger/open-effects.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { failureRef } from './shared/recovery/failure-ref.ts';
import { about, guarded, logger, telemetry } from './shared/telemetry.ts';
import { undoFailure } from './shared/undo/undo-failure.ts';
import { openUndoNotes } from './shared/undo/undo-notes.ts';
import { atOnce } from './use-cases/recovery/call.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const tools = {
  ledger: openLedger(client),
  effects: openEffects(client),
  notes: openUndoNotes(client),
  circuits: openCircuits(),
  call: atOnce(dependencyCaller(() => false)),
  settingsOf: (name: string) => dependencies.get(name),
  sleep: async (ms: number) => sleep(ms),
  deadlineMs: envNumber('DEADLINE_MS'),
  log: (message: string, facts: Record<string, unknown>) => logger.info(message, facts),
  telemetry,
};

/** Undoes the completed steps of a failure that is given up, for the Recovery machine. */
export const handler = guarded(async (event, context) => {
  const ref = failureRef(event);
  const remainingMs = () => context.getRemainingTimeInMillis();
  return about(ref, () => undoFailure(ref, { ...tools, remainingMs }));
});
