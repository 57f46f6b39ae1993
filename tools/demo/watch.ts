import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { fromItem } from '../../lambdas/adapters/ledger/ledger-item.ts';
import { failureKey } from '../../lambdas/contract/failure-key.ts';
import { type Ending, rejectedEnding, settledEnding } from './ending.ts';
import { peek } from './peek.ts';

export interface WatchOptions {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly ledgerTable: string;
  readonly rejectsQueueUrl: string;
}

/** Endings since the last poll, oldest first. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #seen = new Set<string>();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  async poll(): Promise<Ending[]> {
    const endings = [...(await this.#settled()), ...(await this.#rejected())];
    return endings.sort((a, b) => a.endedAt - b.endedAt);
  }

  async #settled(): Promise<Ending[]> {
    const { dynamodb: client, ledgerTable: TableName } = this.#options;
    const endings: Ending[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
      for (const item of Items) {
        const entry = fromItem(item);
        // The audit records of operators are in the same table.
        if (entry.cycle === undefined || entry.state !== 'settled') continue;
        if (this.#isNew(`${failureKey(entry)}/${entry.cycle}`)) endings.push(settledEnding(entry));
      }
    }
    return endings;
  }

  async #rejected(): Promise<Ending[]> {
    const messages = await peek(this.#options.sqs, this.#options.rejectsQueueUrl);
    return messages.filter(({ MessageId }) => this.#isNew(String(MessageId))).map(rejectedEnding);
  }

  #isNew(key: string): boolean {
    const before = this.#seen.size;
    return this.#seen.add(key).size > before;
  }
}
