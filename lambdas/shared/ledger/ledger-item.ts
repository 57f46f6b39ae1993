import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Failure } from '../boundary/failure.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/** The failure is stored as text: DynamoDB nests 32 levels deep at most, and its numbers are not JSON's. */
export function toItem({ failure, ...facts }: LedgerEntry): Record<string, AttributeValue> {
  return marshall({ ...facts, failure: JSON.stringify(failure) }, { removeUndefinedValues: true });
}

export function fromItem(item: Record<string, AttributeValue>): LedgerEntry {
  const { failure, ...facts } = unmarshall(item);
  return { ...facts, ...(failure === undefined ? {} : { failure: JSON.parse(failure) as Failure }) } as LedgerEntry;
}
