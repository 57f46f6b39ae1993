import { isBackstopError } from '../../../lambdas/contract/error-names.ts';
import { discardTarget } from '../../../lambdas/use-cases/redrive/discard.ts';
import type { Message } from '../cloud/queue.ts';
import { Process } from '../world/process.ts';
import { ledgerOf } from './ports.ts';
import type { Scenario } from './scenario.ts';
import type { Services } from './services.ts';
import { MINUTE_MS } from './times.ts';

const WHO = { by: 'ada', why: 'a story' };

/**
 * The humans of a story. Some move a dead letter back to its lane, and some discard it. They may do that at the same
 * time, because they don't know of each other.
 */
export class Operators {
  readonly #services: Services;
  readonly #redrives: number;
  readonly #discards: number;
  #busy = 0;
  #started = 0;

  constructor(services: Services, { redrives = 0, discards = 0 }: Scenario) {
    this.#services = services;
    this.#redrives = redrives;
    this.#discards = discards;
    services.onLetter = (message) => this.#notice(message);
  }

  get areDone(): boolean {
    return this.#busy === 0;
  }

  #notice(message: Message): void {
    const { cycle = 1 } = JSON.parse(message.body) as { readonly cycle?: number };
    const { chance } = this.#services.world;
    // Some are quicker than the pipeline, which has not recorded the outcome yet.
    const laterMs = chance.next('operator') < 0.3 ? 500 : chance.between('operator', 5_000, 20 * MINUTE_MS);
    if (cycle <= this.#redrives) this.#act(laterMs, 'redrive', message);
    if (cycle <= this.#discards) this.#act(laterMs + chance.between('another', 0, 100), 'discard', message);
  }

  #act(afterMs: number, action: 'redrive' | 'discard', message: Message): void {
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
      // An operator whose tool dies looks again the next day, when another letter is there, or not.
      process.onDeath = end;
      const work = action === 'redrive' ? this.#redrive(process, message) : this.#discard(process, message);
      work.then(end, (error) => {
        world.note(name, () => `gives up: ${error?.name}`);
        if (isBackstopError(error?.name)) world.defects.push(`${action}: ${error.name}`);
        end();
      });
    });
  }

  /** Sends before it deletes, as the tool does: after a crash in between, the dead letter is in both queues. */
  async #redrive(process: Process, message: Message): Promise<void> {
    const { lane, deadLetters } = this.#services;
    if (message.isDeleted) return;
    await process.request('sqs.send lane', () => lane.send(message.body));
    await process.request('sqs.delete letter', () => deadLetters.delete(message));
  }

  async #discard(process: Process, message: Message): Promise<void> {
    const { entries, deadLetters } = this.#services;
    if (message.isDeleted) return;
    const ledger = ledgerOf(process, entries, {
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
