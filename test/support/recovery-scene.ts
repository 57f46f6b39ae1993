import { randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import type { CallResult } from '../../lambdas/shared/boundary/http-call.ts';
import type { Rejected } from '../../lambdas/shared/boundary/rejects.ts';
import { createEffects } from '../../lambdas/shared/ledger/effects.ts';
import { Ledger } from '../../lambdas/shared/ledger/ledger.ts';
import type { LedgerEntry } from '../../lambdas/shared/ledger/ledger-entry.ts';
import { type LaneTools, processLaneBatch } from '../../lambdas/shared/recovery/lane-batch.ts';
import { settleFailure } from '../../lambdas/shared/recovery/settlement.ts';
import { attemptDurably, standing } from '../../lambdas/shared/recovery/warm-tier.ts';
import { NOW, sampleFailure, sampleSettings } from './samples.ts';
import type { Tables } from './tables.ts';

const RETENTION_MS = 30 * 86_400_000;
const RUNBOOK = { runbookUrl: 'runbook' };

/** One failure on its way through lane and machine, on real tables, with a clock of its own. */
export class RecoveryScene {
  readonly id = randomUUID();
  readonly ledger: Ledger;
  readonly rejected: Rejected[] = [];
  now = NOW;
  calls = 0;
  readonly #tools: LaneTools;
  readonly #ref = { id: this.id, cycle: 1 };

  /** @param answer what the dependency does with a call; one that never answers stands for a process that dies */
  constructor({ client }: Tables, answer: () => Promise<CallResult>, settings = sampleSettings()) {
    this.ledger = new Ledger({ client, table: 'ledger', reconcileAfterMs: 1_000, now: () => this.now });
    const effects = createEffects({ client, table: 'effects', retentionMs: RETENTION_MS });
    this.#tools = {
      ledger: this.ledger,
      // Powertools knows no clock but the real one: to it, every lease is over at once.
      effects: { once: (key, _, effect) => effects.once(key, -1, effect) },
      call: () => {
        this.calls++;
        return answer();
      },
      startRecovery: async () => undefined,
      sleep: async (ms) => {
        this.now += ms;
      },
      log: () => undefined,
      intake: { settings, deadLetterQueueUrl: 'url', deadlineMs: 6 * 3_600_000, retentionMs: RETENTION_MS },
      keepRejected: async (each) => void this.rejected.push(each),
    };
  }

  /** Whether the lane has taken care of the message. */
  async deliver(message: object): Promise<boolean> {
    const record = { messageId: '1', body: JSON.stringify(message) } as SQSRecord;
    const { batchItemFailures } = await processLaneBatch([record], this.#tools, () => 600_000);
    return batchItemFailures.length === 0;
  }

  report(change: Parameters<typeof sampleFailure>[0] = {}): Promise<boolean> {
    return this.deliver(sampleFailure({ id: this.id, ...change }));
  }

  attempt(): Promise<unknown> {
    return attemptDurably(this.#ref, () => this.#tools.intake.settings, this.#tools);
  }

  /** What the machine's catch block keeps. */
  async letter() {
    return (await standing(this.#ref, this.ledger, RUNBOOK)).letter;
  }

  /** What the machine does after its catch block; the publisher tells of it. */
  async settleAsDead(): Promise<void> {
    const decision = { letter: await this.letter() };
    await settleFailure({ ...this.#ref, settlement: { outcome: 'dead-lettered' }, decision }, this.ledger);
    await this.ledger.published(this.id, `${this.id}.1.dead-lettered`);
  }

  async entry(): Promise<LedgerEntry> {
    const entry = await this.ledger.get(this.id);
    if (!entry) throw new Error('the ledger has no such failure');
    return entry;
  }
}
