import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { is } from '../../domain/ledger/check.ts';
import { updateExpression } from '../ledger/update-expression.ts';
import { updateItem } from '../own-write.ts';

/** Outboxes of the circuits, one per item. */
interface CircuitOutbox {
  /** Clears the outbox after its event was published, unless it holds a newer event. */
  clearOutbox(id: string, eventId: string): Promise<void>;
}

export function circuitOutbox(client: DynamoDBClient, table: string): CircuitOutbox {
  return {
    clearOutbox: async (id, eventId) => {
      const change = updateExpression({ remove: ['outbox'], condition: [is('outbox.eventId', eventId)] });
      await updateItem({ client, table }, id, change);
    },
  };
}
