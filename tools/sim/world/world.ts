import { Agenda } from './agenda.ts';
import { Chance, mix } from './chance.ts';
import { type Fault, Faults, type Storm } from './faults.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Named faults, or random ones. */
  readonly plan: readonly Fault[] | Storm;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  /** Keeps what happened as text. It costs as much time as the rest. @default false */
  readonly isTraced?: boolean;
}

/** Virtual time, chance and faults of one schedule. The same options give the same schedule. */
export class World {
  readonly chance: Chance;
  readonly faults: Faults;
  readonly trace: string[] | undefined;
  readonly startsAt: number;
  /** Errors of the code that no fault explains. */
  readonly defects: string[] = [];
  /** True time in epoch milliseconds. No process knows it. */
  now: number;
  readonly #agenda = new Agenda();
  readonly #seed: number;
  #entries = 0;

  constructor({ seed, plan, startsAt, isTraced = false }: WorldOptions) {
    this.#seed = seed;
    this.chance = new Chance(seed);
    this.faults = new Faults(plan, new Chance(mix(seed, 1)));
    this.startsAt = startsAt;
    this.now = startsAt;
    this.trace = isTraced ? [] : undefined;
  }

  /** Acts at a time. The seed orders what is due at the same time. */
  at(time: number, act: () => void): void {
    this.#agenda.add({ at: Math.max(this.now, time), tie: mix(this.#seed, this.#entries++), act });
  }

  after(ms: number, act: () => void): void {
    this.at(this.now + ms, act);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Notes what happened. The text is made only if somebody reads it. */
  note(who: string, what: () => string): void {
    this.trace?.push(`${((this.now - this.startsAt) / 1_000).toFixed(3).padStart(10)}  ${who}: ${what()}`);
  }

  /**
   * Lets time pass until nothing is due, or `isOver`.
   *
   * @returns false if something is still due after `mostSteps`
   */
  run(isOver: () => boolean, mostSteps: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let steps = 0;
      // All that follows from resolved promises happens before the next tick. A turn of the event loop, or a promise
      // for each step, would take far longer.
      const later = () => process.nextTick(next);
      const next = () => {
        try {
          if (steps > 0 && isOver()) return resolve(true);
          if (steps++ === mostSteps) return resolve(false);
          const due = this.#agenda.take();
          if (!due) return resolve(true);
          this.now = due.at;
          due.act();
          queueMicrotask(later);
        } catch (error) {
          reject(error);
        }
      };
      // Others get their turn between schedules.
      setImmediate(next);
    });
  }
}
