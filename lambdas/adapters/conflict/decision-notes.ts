import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { iso } from '../../contract/time.ts';
import { pendingShard, QUESTION_SHARD } from '../../domain/ledger/pending-shard.ts';
import type { DecisionNotes } from '../../use-cases/conflict/decisions.ts';
import { env, envNumber } from '../environment.ts';
import { conditionalWriter } from '../ledger/conditional-writer.ts';
import type { TimedTable } from '../table.ts';

interface DecisionNotesOptions extends TimedTable {
  /** How long after an answer the reconciler checks that the execution has continued, in milliseconds. */
  readonly reconcileAfterMs: number;
}

const UNANSWERED = '#question.#id = :asked AND attribute_not_exists(#question.#answer)';

export function decisionNotes({
  client,
  table,
  reconcileAfterMs,
  now = Date.now,
}: DecisionNotesOptions): DecisionNotes {
  const write = conditionalWriter({ client, table });
  const due = (from: number) => iso(from + reconcileAfterMs);
  return {
    keepToken: (entry, token) =>
      write(entry, {
        set: {
          question: { ...entry.question, token },
          pendingShard: QUESTION_SHARD,
          // Only a human can act before the question expires.
          dueAt: due(Date.parse(entry.question.until)),
        },
        condition: UNANSWERED,
        values: { asked: entry.question.id },
      }),
    answer: (entry, answer) => {
      const { id, token, state } = entry.question;
      const at = answer.at;
      return write(entry, {
        set: {
          question: { ...entry.question, answer },
          pendingShard: pendingShard(entry.id),
          dueAt: due(now()),
        },
        append: {
          trail: [{ at, step: 'decided', question: id, choice: answer.choice, by: answer.by, why: answer.why }],
        },
        condition: [
          UNANSWERED,
          'attribute_not_exists(#undo)',
          '#question.#until > :at',
          '#question.#state = :seen',
          token === undefined ? 'attribute_not_exists(#question.#token)' : '#question.#token = :token',
        ].join(' AND '),
        values: { asked: id, at, seen: state, token },
      });
    },
  };
}

/** Opens the writes about questions on the ledger that the function's environment names. */
export function openDecisionNotes(client: DynamoDBClient): DecisionNotes {
  return decisionNotes({
    client,
    table: env('LEDGER_TABLE'),
    reconcileAfterMs: envNumber('RECONCILE_AFTER_MS'),
  });
}
