import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { DYNAMODB, within } from './adapters/budgets.ts';
import { openLedger } from './adapters/ledger/dynamodb-ledger.ts';
import { withFailureIds, withSafeErrors } from './adapters/telemetry.ts';
import { waitForDecision } from './use-cases/conflict/wait-for-decision.ts';
import { failureRef } from './use-cases/ledger/failure-ref.ts';

const ledger = openLedger(new DynamoDBClient(within(DYNAMODB)));
const Waiting = v.object({ token: v.string() });

/** Stores the task token by which a human's answer wakes the Recovery machine. */
export const handler = withSafeErrors(async (event) => {
  const ref = failureRef(event);
  const { token } = v.parse(Waiting, event);
  return withFailureIds(ref, () => waitForDecision(ref, token, ledger));
});
