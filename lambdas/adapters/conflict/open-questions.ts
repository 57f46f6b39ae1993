import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { asFailureKey, type FailureKey } from '../../contract/failure-key.ts';
import type { QuestionedEntry } from '../../domain/ledger/ledger-changes.ts';
import { QUESTION_SHARD } from '../../domain/ledger/pending-shard.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import type { Table } from '../table.ts';

/** Lists failures with an open question, soonest deadline first. */
export async function openQuestions(
  ledger: Pick<Ledger, 'get'>,
  { client, table }: Table,
): Promise<readonly QuestionedEntry[]> {
  const keys: FailureKey[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'pending',
        KeyConditionExpression: 'pendingShard = :shard',
        ExpressionAttributeValues: { ':shard': { S: QUESTION_SHARD } },
        ExclusiveStartKey,
      }),
    );
    keys.push(...Items.flatMap(({ id }) => (id?.S === undefined ? [] : [asFailureKey(id.S)])));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey);
  const entries = await Promise.all(keys.map((key) => ledger.get(key)));
  const asking = entries.flatMap((entry) => {
    const question = entry?.state === 'open' && !entry.undo ? entry.question : undefined;
    return entry && question && !question.answer ? [{ ...entry, question }] : [];
  });
  return asking.sort((a, b) => Date.parse(a.question.until) - Date.parse(b.question.until));
}
