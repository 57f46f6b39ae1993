import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { LedgerEntry } from './ledger-entry.ts';
import { type Change, updateExpression } from './update-expression.ts';

/** The failure is open, and in the cycle in which it was read. */
export const OPEN_IN_CYCLE = '#state = :open AND #cycle = :inCycle';

/** Changes an open failure by one conditional write; false where the condition does not hold. */
export type ConditionalWriter = (entry: Pick<LedgerEntry, 'id' | 'cycle'>, change: Change) => Promise<boolean>;

export function conditionalWriter({ client, table }: { client: DynamoDBClient; table: string }): ConditionalWriter {
  return async ({ id, cycle }, { condition, values, ...change }) => {
    const expressions = updateExpression({
      ...change,
      condition: `${OPEN_IN_CYCLE} AND ${condition}`,
      values: { open: 'open', inCycle: cycle, ...values },
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
