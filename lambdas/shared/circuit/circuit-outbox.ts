import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

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
            UpdateExpression: 'REMOVE #outbox',
            ConditionExpression: '#outbox.#eventId = :published',
            ExpressionAttributeNames: { '#outbox': 'outbox', '#eventId': 'eventId' },
            ExpressionAttributeValues: { ':published': { S: eventId } },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}
