import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { OutboxEntry } from '../../contract/ledger-entry.ts';

/** An item whose outbox holds an event. */
export interface Outboxed {
  readonly id: string;
  /** Of failures only. */
  readonly correlationId?: string;
  readonly outbox: OutboxEntry;
}

/**
 * What a record of a table's stream brings to be published; nothing where an earlier record has brought the same event. A circuit
 * is counted on while its event waits, and each of these writes brings the event along once more.
 */
export function outboxed({ dynamodb }: Pick<DynamoDBRecord, 'dynamodb'>): Outboxed | undefined {
  const { id, correlationId, outbox } = read(dynamodb?.NewImage);
  if (!outbox || outbox.eventId === read(dynamodb?.OldImage).outbox?.eventId) return undefined;
  return { id: String(id), outbox, ...(correlationId !== undefined && { correlationId }) };
}

function read(image: unknown): Partial<Outboxed> {
  return unmarshall((image ?? {}) as Record<string, AttributeValue>);
}
