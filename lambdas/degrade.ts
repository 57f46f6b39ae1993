import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dependencyCaller } from './shared/boundary/dependency-caller.ts';
import { openCircuits } from './shared/circuit/open-circuits.ts';
import { loadDependencies } from './shared/environment.ts';
import { openAnswers } from './shared/fallback/answer-store.ts';
import { degradeFailure } from './shared/fallback/degrade.ts';
import { openNotes } from './shared/fallback/fallback-notes.ts';
import { openEffects } from './shared/ledger/open-effects.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { failureRef } from './shared/recovery/failure-ref.ts';
import { about, count, guarded, logger } from './shared/telemetry.ts';
import { atOnce } from './use-cases/recovery/call.ts';

const client = new DynamoDBClient();
const dependencies = loadDependencies();
const tools = {
  ledger: openLedger(client),
  effects: openEffects(client),
  notes: openNotes(client),
  answers: openAnswers(client),
  circuits: openCircuits(),
  call: atOnce(dependencyCaller(() => true)),
  settingsOf: (name: string) => dependencies.get(name),
  log: (message: string, facts: Record<string, unknown>) => logger.info(message, facts),
};

/** Lets the fallback of a dependency answer, for the Recovery machine. */
export const handler = guarded(async (event) => {
  const ref = failureRef(event);
  return about(ref, async () => {
    const { outcome, entry } = await degradeFailure(ref, tools);
    if (entry) {
      const { dependency, answer } = entry;
      logger.info('settled by a fallback', { dependency, outcome, fallback: answer?.fallback });
      count('FailureSettled', { dependency, outcome });
    }
    return { outcome };
  });
});
