import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { openQuestions } from '../../lambdas/adapters/conflict/open-questions.ts';
import { createWaker } from '../../lambdas/adapters/conflict/wake.ts';
import { DynamoDBLedger } from '../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { Choice } from '../../lambdas/contract/conflict-record.ts';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import { answerQuestion } from '../../lambdas/use-cases/conflict/answer-question.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';

export interface DeciderOptions {
  readonly dynamodb: DynamoDBClient;
  readonly sfn: SFNClient;
  readonly ledgerTable: string;
}

const RECONCILE_AFTER_MS = 60_000;

/** Plays the human who decides conflicts, with the same code as `backstop decide`. */
export class Decider {
  readonly #options: DeciderOptions;
  readonly #ledger: Ledger;

  constructor(options: DeciderOptions) {
    this.#options = options;
    const { dynamodb: client, ledgerTable: table } = options;
    this.#ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: RECONCILE_AFTER_MS });
  }

  /** Decides the open questions for which it has a choice. Returns the ids of the decided failures. */
  async decide(choices: ReadonlyMap<string, Choice>): Promise<readonly string[]> {
    const { dynamodb: client, sfn, ledgerTable: table } = this.#options;
    const questions = choices.size === 0 ? [] : await openQuestions(this.#ledger, { client, table });
    const decided: string[] = [];
    for (const entry of questions) {
      const { id } = entry;
      const choice = choices.get(id);
      if (choice === undefined) continue;
      const decision = { key: failureKey(entry), id, choice, by: 'the demonstration', why: 'its file says so' };
      await answerQuestion(decision, { ledger: this.#ledger, wake: createWaker(sfn) });
      decided.push(id);
    }
    return decided;
  }
}
