import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { readFailure, writeFailure } from '../../domain/boundary/failure-json.ts';

export function toItem(entry: LedgerEntry): Record<string, AttributeValue> {
  return marshall(toAttributes(entry), { removeUndefinedValues: true });
}

/** Stores failure and answer as JSON text: DynamoDB limits nesting to 32 levels, and its numbers differ from JSON's. */
export function toAttributes({ failure, answer, ...facts }: Partial<LedgerEntry>): Readonly<Record<string, unknown>> {
  return { ...facts, failure: failure && writeFailure(failure), answer: JSON.stringify(answer) };
}

export function fromItem(item: Record<string, AttributeValue>): LedgerEntry {
  const { failure, answer, ...facts } = unmarshall(item);
  if (failure !== undefined) facts.failure = readFailure(failure);
  if (answer !== undefined) facts.answer = JSON.parse(answer) as FallbackAnswer;
  return facts as LedgerEntry;
}
