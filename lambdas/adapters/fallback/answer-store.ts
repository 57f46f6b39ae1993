import { unmarshall } from '@aws-sdk/util-dynamodb';
import { anyOf, isAbsent, isBelow } from '../../domain/ledger/check.ts';
import type { AnswerStore, GoodAnswer } from '../../use-cases/fallback/last-good.ts';
import { updateExpression } from '../ledger/update-expression.ts';
import { readItem, updateItem } from '../own-write.ts';
import type { Table } from '../table.ts';

/** Stores answers in the ledger table. No failure id contains `#`, and no index or outbox includes these items. */
export function answerStore(table: Table): AnswerStore {
  const idOf = (key: string) => `answer#${key}`;
  return {
    async keep(key, answer, maxAgeMs) {
      const expiresAt = Math.ceil((Date.parse(answer.at) + maxAgeMs) / 1_000);
      const change = updateExpression({
        set: { ...answer, expiresAt },
        condition: [anyOf(isAbsent('at'), isBelow('at', answer.at))],
      });
      await updateItem(table, idOf(key), change);
    },
    async find(key) {
      const item = await readItem(table, idOf(key));
      return item && (unmarshall(item) as GoodAnswer);
    },
  };
}
