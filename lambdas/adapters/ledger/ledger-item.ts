import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { failureKey } from '../../contract/failure-key.ts';
import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import { FAILURE_ID_ATTRIBUTE, type LedgerEntry } from '../../contract/ledger-entry.ts';
import { readFailure, writeFailure } from '../../domain/boundary/failure-json.ts';

/** The item of a failure. Its `id` is the failure's key, as in every item; its `failureId` is the id of the event. */
export function toItem(entry: LedgerEntry): Record<string, AttributeValue> {
  const { id: failureId, ...facts } = entry;
  const item = { ...toAttributes(facts), id: failureKey(entry), [FAILURE_ID_ATTRIBUTE]: failureId };
  return marshall(item, { removeUndefinedValues: true });
}

/**
 * The attribute of a failure that may claim bodies. A Backstop from before claims finds no operation, and makes no
 * call: a rollback would otherwise call without the body.
 */
const CLAIMING = 'claimingFailure';

/**
 * Stands for an operation in an item of its own. Functions of earlier versions refuse it as JSON, and so do nothing
 * with an operation that they can't see. Their work is repeated until a newer version does it.
 */
const IN_ITS_OWN_ITEM = '';

/** Stores failure and answer as JSON text: DynamoDB limits nesting to 32 levels, and its numbers differ from JSON's. */
export function toAttributes({ failure, answer, ...facts }: Partial<LedgerEntry>): Readonly<Record<string, unknown>> {
  const kept = failure && { [failure.version === 2 ? CLAIMING : 'failure']: writeFailure(failure) };
  const stored = facts.operationItem ? { failure: IN_ITS_OWN_ITEM } : kept;
  return { ...facts, ...stored, answer: JSON.stringify(answer) };
}

/** Names of the attributes that hold these fields. */
export function attributesOf(fields: readonly string[] = []): readonly string[] {
  return fields.flatMap((field) => (field === 'failure' ? ['failure', CLAIMING] : field));
}

export function fromItem(item: Record<string, AttributeValue>): LedgerEntry {
  const {
    failure: unclaiming,
    [CLAIMING]: failure = unclaiming,
    answer,
    [FAILURE_ID_ATTRIBUTE]: failureId,
    ...facts
  } = unmarshall(item);
  if (failureId !== undefined) facts.id = failureId;
  if (failure !== undefined && failure !== IN_ITS_OWN_ITEM) facts.failure = readFailure(failure);
  if (answer !== undefined) facts.answer = JSON.parse(answer) as FallbackAnswer;
  return facts as LedgerEntry;
}
