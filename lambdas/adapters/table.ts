import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../contract/time.ts';

/** A table of DynamoDB, by its name. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Creates the token that identifies a write whose answer is lost. @default - 9 random bytes */
  readonly newToken?: () => string;
}

/** A table whose writes note the time. */
export interface TimedTable extends Table {
  /** @default Date.now */
  readonly now?: Clock;
}
