import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { DYNAMODB, within } from './adapters/budgets.ts';
import { env, loadDependencies } from './adapters/environment.ts';
import { openLedger } from './adapters/ledger/dynamodb-ledger.ts';
import { withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';
import { failureStatus } from './use-cases/recovery/warm-tier.ts';
import { statusWhenGivenUp, undoStatus } from './use-cases/undo/undo-status.ts';

const ledger = openLedger(new DynamoDBClient(within(DYNAMODB)));
const runbookUrl = env('RUNBOOK_URL');
const dependencies = loadDependencies();
const isRegistered = (name: string) => dependencies.has(name);

/** Question of a state of the machine; absent: how long to wait for an attempt. */
const Question = v.object({ about: v.optional(v.picklist(['why-it-failed', 'undo'])) });
const ANSWERS = { attempt: failureStatus, 'why-it-failed': statusWhenGivenUp, undo: undoStatus };

/** Tells the Recovery machine until when to wait for a failure, or why to give it up. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  const { about: question = 'attempt' } = v.parse(Question, event);
  return withFailureIds(ref, () => ANSWERS[question](ref, ledger, { runbookUrl, random: Math.random, isRegistered }));
});
