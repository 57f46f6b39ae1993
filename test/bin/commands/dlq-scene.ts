import { afterAll, beforeAll, beforeEach } from 'vitest';
import { DynamoDBLedger } from '../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { createDeadLetter } from '../../../lambdas/domain/ledger/dead-letter.ts';
import type { Ledger } from '../../../lambdas/use-cases/ledger/ledger.ts';
import { json } from '../../support/json.ts';
import { MemorySqs } from '../../support/memory-sqs.ts';
import { LANES, type OperatorScene, startOperator } from '../../support/operator.ts';
import { sampleEntry, sampleFailure } from '../../support/samples.ts';
import { startTables, type Tables } from '../../support/tables.ts';

const [LANE = { queueUrl: '', deadLetterQueueUrl: '' }] = LANES;
/** Queue of the first lane, and where its dead letters go. */
export const { queueUrl: LANE_QUEUE, deadLetterQueueUrl: DEAD_LETTERS } = LANE;
export const PARKED = 'http://127.0.0.1/queues/parked';
export const WHY = ['--why', 'the bank is back', '--by', 'ada'] as const;
const REFUSED = { kind: 'permanent', category: 'data-integrity', effect: 'none', rule: 'http-422' } as const;

type OperatorOptions = Partial<Parameters<typeof startOperator>[0]>;

/** An action, as `audit --json` prints it. */
interface SeenAct {
  readonly action: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly end?: { readonly facts?: Readonly<Record<string, number>> };
}

/** The operator's tool with dead letters in a ledger and queues in memory. Each test has queues of its own. */
export class DlqScene {
  tables!: Tables;
  ledger!: Ledger;
  sqs!: MemorySqs;
  #tool!: OperatorScene;
  #count = 0;
  /** Time of the tool, the ledger and the queues. */
  #now = Date.now();

  /** Starts the scene for the tests of a file. */
  static inThisFile(): DlqScene {
    const scene = new DlqScene();
    beforeAll(() => scene.#start());
    beforeEach(() => scene.#reset());
    afterAll(() => scene.tables.stop());
    return scene;
  }

  readonly now = () => this.#now;

  /** Lets time pass. */
  pass(ms: number): void {
    this.#now += ms;
  }

  /** Messages that the tool has asked the operator to confirm. */
  get plans(): readonly string[] {
    return this.#tool.plans;
  }

  /** Runs a command of `backstop dlq`. */
  dlq(...args: readonly string[]): ReturnType<OperatorScene['backstop']> {
    return this.#tool.backstop('dlq', ...args);
  }

  /** The latest record of the audit trail, of this action if named. */
  async lastAct(action?: string): Promise<SeenAct> {
    const acts: SeenAct[] = JSON.parse((await this.#tool.backstop('audit', '--json')).out);
    const found = acts.find((act) => action === undefined || act.action === action);
    if (!found) throw new Error(`the audit log has no ${action ?? 'record'}`);
    return found;
  }

  /** Another operator of the same stack. */
  operator({ clients, ...options }: OperatorOptions = {}): OperatorScene {
    const sleep = async (ms: number) => {
      this.#now += ms;
    };
    const { tables, now } = this;
    return startOperator({ tables, now, sleep, ...options, clients: { sqs: this.sqs.client, ...clients } });
  }

  /** Writes a dead letter into the ledger and its queue. */
  async dead(change: Partial<LedgerEntry> = {}, queue = DEAD_LETTERS): Promise<LedgerEntry> {
    const id = `dlq-${++this.#count}`;
    const operation = { method: 'PUT', path: '/orders/1', body: json({ total: 5, email: 'ada@example.com' }) } as const;
    const at = new Date(this.#now).toISOString();
    const over = { state: 'settled', outcome: 'dead-lettered', reason: 'permanent', settledAt: at } as const;
    const failure = sampleFailure({ id, operation });
    const expiresAt = Math.ceil(this.#now / 1_000) + 86_400;
    const entry = sampleEntry({ id, failure, verdict: REFUSED, ...over, ...change, expiresAt });
    const claimed = await this.ledger.claim(entry);
    this.sqs.put(queue, this.deadLetterOf(claimed));
    return claimed;
  }

  deadLetterOf(entry: LedgerEntry): string {
    const { reason } = entry;
    const known = reason === 'exhausted' || reason === 'unknown-result' ? reason : 'permanent';
    return JSON.stringify(createDeadLetter(entry, { reason: known, now: this.#now, runbookUrl: 'runbook' }));
  }

  async #start(): Promise<void> {
    this.tables = await startTables();
    const { client, ledger: table } = this.tables;
    this.ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 1_000, now: this.now });
  }

  #reset(): void {
    // The acts of each test are later than those of the previous one.
    this.#now += 1_000;
    this.sqs = new MemorySqs(this.now);
    this.#tool = this.operator();
  }
}
