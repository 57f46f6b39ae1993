import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
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
