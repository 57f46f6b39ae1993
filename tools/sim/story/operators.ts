import type { Choice } from '../../../lambdas/contract/conflict-record.ts';
import { isBackstopError } from '../../../lambdas/contract/error-names.ts';
import { OPERATOR_ACTED } from '../../../lambdas/contract/events.ts';
import { type FailureKey, failureKey } from '../../../lambdas/contract/failure-key.ts';
import { toJsonText } from '../../../lambdas/contract/json-text.ts';
import { iso } from '../../../lambdas/contract/time.ts';
import type { QuestionedEntry } from '../../../lambdas/domain/ledger/ledger-changes.ts';
import { answerQuestion } from '../../../lambdas/use-cases/conflict/answer-question.ts';
import type { LedgerStore } from '../../../lambdas/use-cases/ledger/ledger-store.ts';
import { discardTarget } from '../../../lambdas/use-cases/redrive/discard.ts';
import type { Message } from '../cloud/queue.ts';
import { Process } from '../world/process.ts';
import { ledgerOf } from './ports.ts';
import { OURS } from './report-failures.ts';
import type { Scenario } from './scenario.ts';
import type { Services } from './services.ts';
import { MINUTE_MS } from './times.ts';

const WHO = { by: 'ada', why: 'a story' };
/** What a human makes of both versions. */
export const MERGED = { ...OURS, b: 9, c: 9 };

/**
 * The humans of a story. Some move a dead letter back to its lane, and some discard it. They may do that at the same
 * time, because they don't know of each other.
 */
export class Operators {
  readonly #services: Services;
  readonly #redrives: number;
  readonly #discards: number;
  readonly #answers: readonly Choice[];
  #busy = 0;
  #started = 0;

  constructor(services: Services, { redrives = 0, discards = 0, conflict }: Scenario) {
    this.#services = services;
    this.#redrives = redrives;
    this.#discards = discards;
    this.#answers = conflict?.answers ?? [];
    services.onLetter = (message) => this.#notice(message);
    services.onQuestion = (entry) => this.#noticeQuestion(entry);
  }

  get areDone(): boolean {
    return this.#busy === 0;
  }

  #notice(message: Message): void {
    const { cycle = 1 } = JSON.parse(message.body) as { readonly cycle?: number };
    const { chance } = this.#services.world;
    // Some are quicker than the pipeline, which has not recorded the outcome yet.
    const laterMs = chance.next('operator') < 0.3 ? 500 : chance.between('operator', 5_000, 20 * MINUTE_MS);
    if (cycle <= this.#redrives) this.#act(laterMs, 'redrive', (process) => this.#redrive(process, message));
    if (cycle > this.#discards) return;
    this.#act(laterMs + chance.between('another', 0, 100), 'discard', (process) => this.#discard(process, message));
  }

  /** Some decide before the machine waits for it, and some too late. */
  #noticeQuestion(entry: QuestionedEntry): void {
    const { chance } = this.#services.world;
    const laterMs = chance.pick('decision', [50, 2_000, 10 * MINUTE_MS, 200 * MINUTE_MS]);
    for (const choice of this.#answers) {
      const afterMs = laterMs + chance.between('another decision', 0, chance.pick('overlap', [4, 60]));
      this.#act(afterMs, 'decide', (process) => this.#decide(process, entry, choice));
    }
  }

  #act(afterMs: number, action: string, workOf: (process: Process) => Promise<void>): void {
    const { world } = this.#services;
    this.#busy++;
    world.after(afterMs, () => {
      const name = `operator-${++this.#started}`;
      const process = new Process(world, { role: action, name, skewMs: 0 });
      let isBusy = true;
      const end = () => {
        if (isBusy) this.#busy--;
        isBusy = false;
      };
      // An operator whose tool dies looks again the next day. By then there may be another dead letter.
      process.onDeath = end;
      workOf(process).then(end, (error) => {
        world.note(name, () => `gives up: ${error?.name}`);
        if (isBackstopError(error?.name)) world.defects.push(`${action}: ${error.name}`);
        end();
      });
    });
  }

  async #decide(process: Process, { id, question, ...entry }: QuestionedEntry, choice: Choice): Promise<void> {
    const { entries, operations, confirmed, missing, world } = this.#services;
    const ledger = ledgerOf(process, entries, { newToken: () => this.#services.newToken(), missing, operations });
    const wake = (token: string) => process.request('sfn.wake', () => this.#services.wake(token));
    const key = failureKey({ ...entry, id });
    const body = choice === 'merged' ? toJsonText(MERGED) : undefined;
    const recordAnswer: LedgerStore['recordAnswer'] = async (about, answer) => {
      const isRecorded = await ledger.recordAnswer(about, answer);
      if (!isRecorded) return false;
      confirmed.push({ key, question: question.id, choice, version: question.version, at: world.now });
      this.#announce(entry.dependency, id);
      return true;
    };
    const ports = { now: ledger.now, get: (of: FailureKey) => ledger.get(of), recordAnswer };
    await answerQuestion({ key, id, question: question.id, choice, body, ...WHO }, { ledger: ports, wake });
  }

  /** The tool's record of an action is an event, too. */
  #announce(dependency: string, failureId: string): void {
    const { alerts, world } = this.#services;
    const detail = { action: 'decide', by: WHO.by, at: iso(world.now), dependency, failureId };
    alerts?.hear(OPERATOR_ACTED, JSON.stringify(detail));
  }

  /** Sends before it deletes, as the tool does: after a crash in between, the dead letter is in both queues. */
  async #redrive(process: Process, message: Message): Promise<void> {
    const { lane, deadLetters } = this.#services;
    if (message.isDeleted) return;
    await process.request('sqs.send lane', () => lane.send(message.body));
    await process.request('sqs.delete letter', () => deadLetters.delete(message));
  }

  async #discard(process: Process, message: Message): Promise<void> {
    const { entries, operations, deadLetters } = this.#services;
    if (message.isDeleted) return;
    const ledger = ledgerOf(process, entries, {
      operations,
      newToken: () => this.#services.newToken(),
      missing: this.#services.missing,
    });
    const nothing = () => undefined;
    const target = discardTarget({
      get: (key) => ledger.get(key),
      discard: (entry) => ledger.discard(entry, WHO),
      onDiscarded: nothing,
      onSkipped: nothing,
    });
    const { id, body, sentAt } = message;
    const taken = await target.send([{ id, receipt: id, body, sentAt }]);
    if (taken.has(id)) await process.request('sqs.delete letter', () => deadLetters.delete(message));
  }
}
