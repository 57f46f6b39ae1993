import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { anyOf, isAbsent, isBelow } from '../../domain/ledger/check.ts';
import type { AnswerStore, GoodAnswer } from '../../use-cases/fallback/last-good.ts';
import { updateExpression } from '../ledger/update-expression.ts';
import { type Table, unlessRejected } from '../table.ts';

/** Stores answers in the ledger table. No failure id contains `#`, and no index or outbox includes these items. */
export function answerStore({ client, table }: Table): AnswerStore {
  const id = (key: string) => ({ id: { S: `answer#${key}` } });
  return {
    async keep(key, answer, maxAgeMs) {
      const expiresAt = Math.ceil((Date.parse(answer.at) + maxAgeMs) / 1_000);
      const change = updateExpression({
        set: { ...answer, expiresAt },
        condition: [anyOf(isAbsent('at'), isBelow('at', answer.at))],
      });
      await unlessRejected(client.send(new UpdateItemCommand({ TableName: table, Key: id(key), ...change })));
    },
    async find(key) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: id(key), ConsistentRead: true }));
      return Item && (unmarshall(Item) as GoodAnswer);
    },
  };
}
