import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../contract/time.ts';

/** A table of DynamoDB, by its name. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/** A table whose writes note the time. */
export interface TimedTable extends Table {
  /** @default Date.now */
  readonly now?: Clock;
}

/** Waits for a conditional write. Undefined if its condition does not hold. */
export async function unlessRejected<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
