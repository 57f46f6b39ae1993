import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { updateExpression } from '../ledger/update-expression.ts';

/** Outboxes of the circuits, one per item. */
interface CircuitOutbox {
  /** Clears the outbox after its event was published, unless it holds a newer event. */
  clearOutbox(id: string, eventId: string): Promise<void>;
}

export function circuitOutbox(client: DynamoDBClient, TableName: string): CircuitOutbox {
  return {
    clearOutbox: async (id, eventId) => {
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
