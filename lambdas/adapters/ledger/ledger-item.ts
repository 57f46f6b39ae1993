import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { readFailure, writeFailure } from '../../domain/boundary/failure-json.ts';

/** Stores failure and answer as JSON text: DynamoDB limits nesting to 32 levels, and its numbers differ from JSON's. */
export function toItem({ failure, answer, ...facts }: LedgerEntry): Record<string, AttributeValue> {
  const texts = { failure: failure && writeFailure(failure), answer: JSON.stringify(answer) };
  return marshall({ ...facts, ...texts }, { removeUndefinedValues: true });
}

export function fromItem(item: Record<string, AttributeValue>): LedgerEntry {
  const { failure, answer, ...facts } = unmarshall(item);
  return {
    ...facts,
    ...(failure === undefined ? {} : { failure: readFailure(failure) }),
    ...(answer === undefined ? {} : { answer: JSON.parse(answer) as FallbackAnswer }),
  } as LedgerEntry;
}
