import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { updateExpression } from '../ledger/update-expression.ts';

/** The outboxes of the circuits. */
export interface CircuitOutbox {
  /** Empties the outbox of an event that has been published, unless it holds another one by now. */
  published(id: string, eventId: string): Promise<void>;
}

export function circuitOutbox(client: DynamoDBClient, TableName: string): CircuitOutbox {
  return {
    published: async (id, eventId) => {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName,
            Key: { id: { S: id } },
            ...updateExpression({
              remove: ['outbox'],
              condition: '#outbox.#eventId = :published',
              values: { published: eventId },
            }),
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}
