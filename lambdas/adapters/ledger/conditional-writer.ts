import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { Table } from '../table.ts';
import { type Change, updateExpression } from './update-expression.ts';

/** Condition: the failure is open and still in the cycle of the read. */
export const OPEN_IN_CYCLE = '#state = :open AND #cycle = :inCycle';

/** Condition: no call is announced, or its lease has ended. */
export const NO_CALL_IN_FLIGHT = '(attribute_not_exists(#inFlight) OR #inFlight.#until <= :now)';

/** Condition: the failure is settled and still in the cycle of the read. */
const SETTLED_IN_CYCLE = '#state = :settled AND #cycle = :inCycle';

/** Changes a failure in one conditional write; false if the condition does not hold. */
type ConditionalWriter = (entry: Pick<LedgerEntry, 'id' | 'cycle'>, change: Change) => Promise<boolean>;

/** Creates a writer for open failures. */
export function conditionalWriter(options: Table): ConditionalWriter {
  return writerOf(options, { state: OPEN_IN_CYCLE, names: { open: 'open' } });
}

/** Creates a writer for settled failures. */
export function settledWriter(options: Table): ConditionalWriter {
  return writerOf(options, { state: SETTLED_IN_CYCLE, names: { settled: 'settled' } });
}

function writerOf(
  { client, table }: Table,
  { state, names }: { readonly state: string; readonly names: Readonly<Record<string, string>> },
): ConditionalWriter {
  return async ({ id, cycle }, { condition, values, ...change }) => {
    const expressions = updateExpression({
      ...change,
      condition: `${state} AND ${condition}`,
      values: { ...names, inCycle: cycle, ...values },
    });
    try {
      await client.send(new UpdateItemCommand({ TableName: table, Key: { id: { S: id } }, ...expressions }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
}
