import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { asFailureKey, type FailureKey } from '../../contract/failure-key.ts';
import type { OutboxEntry } from '../../contract/ledger-entry.ts';

/** An item whose outbox holds an event. */
interface OutboxRecord {
  readonly key: FailureKey;
  /** Present for failures only. */
  readonly failureId?: string;
  /** Present for failures only. */
  readonly correlationId?: string;
  readonly outbox: OutboxEntry;
}

/**
 * Reads the event to publish from a stream record; undefined if an earlier record had the same event. Counts update a
 * circuit while its event waits, and each of these records repeats the event.
 */
export function readOutboxRecord({ dynamodb }: Pick<DynamoDBRecord, 'dynamodb'>): OutboxRecord | undefined {
  const { id, failureId, correlationId, outbox } = read(dynamodb?.NewImage);
  if (!outbox || outbox.eventId === read(dynamodb?.OldImage).outbox?.eventId) return undefined;
  return { key: asFailureKey(String(id)), failureId, outbox, correlationId };
}

function read(image: unknown): Partial<OutboxRecord> & { readonly id?: string } {
  return unmarshall((image ?? {}) as Record<string, AttributeValue>);
}
