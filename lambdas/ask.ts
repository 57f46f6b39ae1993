import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { openDecisionNotes } from './shared/conflict/decision-notes.ts';
import { waitForDecision } from './shared/conflict/wait-for-decision.ts';
import { openLedger } from './shared/ledger/open-ledger.ts';
import { failureRef } from './shared/recovery/failure-ref.ts';
import { about, guarded } from './shared/telemetry.ts';

const client = new DynamoDBClient();
const tools = { ledger: openLedger(client), notes: openDecisionNotes(client) };
const Waiting = v.object({ token: v.string() });

/** Keeps the token by which an answer wakes the Recovery machine. */
export const handler = guarded(async (event) => {
  const ref = failureRef(event);
  const { token } = v.parse(Waiting, event);
  return about(ref, () => waitForDecision(ref, token, tools));
});
