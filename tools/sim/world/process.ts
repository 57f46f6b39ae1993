import { type Budget, longestMs, MESSAGING } from '../../../lambdas/adapters/budgets.ts';
import { type FaultKind, REQUEST_FAULTS } from './faults.ts';
import type { World } from './world.ts';

/** An error of a service that has nothing to do with the request. */
export class ServiceError extends Error {
  override readonly name = 'ServiceUnavailable';
}

/** Longest time that a request or an answer travels, in milliseconds. */
const LATENCY_MS = 5;
const SLOW_MS = 20_000;
/** Pauses of a frozen process in milliseconds, from the shortest that matters to longer than any lease. */
const FREEZES: readonly (readonly [least: number, most: number])[] = [
  [500, 12_000],
  [9_000, 60_000],
  [60_000, 900_000],
];

interface RequestOptions {
  /** @default - all faults of a request */
  readonly faults?: readonly FaultKind[];
  /** @default MESSAGING */
  readonly budget?: Budget;
}

/** One process: it may pause, and it dies without notice. What it has sent still takes effect. */
export class Process {
  /** What runs in it, such as `worker`. */
  readonly role: string;
  readonly name: string;
  readonly #world: World;
  readonly #skewMs: number;
  #isDead = false;
  #frozenUntil = 0;
  /** Called once the process is dead. */
  onDeath: () => void = () => undefined;

  constructor(world: World, { role, name, skewMs }: { role: string; name: string; skewMs: number }) {
    this.#world = world;
    this.role = role;
    this.name = name;
    this.#skewMs = skewMs;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The clock of its machine, in epoch milliseconds. */
  get now(): number {
    return Math.floor(this.#world.now + this.#skewMs);
  }

  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.onDeath();
  }

  /** Pauses for a time. */
  freeze(): void {
    const [least, most] = this.#world.chance.pick('freeze', FREEZES);
    this.#frozenUntil = this.#world.now + this.#world.chance.between('freeze', least, most);
  }

  get frozenUntil(): number {
    return this.#frozenUntil;
  }

  /** Continues in this process, after a freeze if there is one; never in a dead process. */
  resume(act: () => void): void {
    if (this.#isDead) return;
    if (this.#frozenUntil > this.#world.now) this.#world.at(this.#frozenUntil, () => this.resume(act));
    else act();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.after(Math.max(0, ms), () => this.resume(resolve)));
  }

  /**
   * Sends a request to a service: the request travels, the service acts, the answer travels. Each may have a
   * fault. The client gives up on a try after its time, and repeats it as often as its budget allows.
   *
   * @param what names the request, such as `ledger.settle`
   * @param effect acts at the service; what it throws is the answer
   */
  request<T>(
    what: string,
    effect: () => T | Promise<T>,
    { faults = REQUEST_FAULTS, budget = MESSAGING }: RequestOptions = {},
  ): Promise<T> {
    if (this.#isDead) return new Promise(() => undefined);
    const world = this.#world;
    const fault = world.faults.inject(joined(this.role, what), faults);
    if (fault) world.note(this.name, () => `!! ${fault} at ${what}`);
    if (fault === 'crash-before') {
      this.die();
      return new Promise(() => undefined);
    }
    if (fault === 'freeze' || fault === 'freeze-before') this.freeze();
    return new Promise<T>((resolve, reject) => {
      const sending: Sending<T> = { what, effect, fault, resolve, reject };
      const leavesAt = fault === 'freeze-before' ? this.#frozenUntil : world.now;
      const slowness = fault === 'slow' ? world.chance.between('slow', 0, SLOW_MS) : 0;
      this.#send(sending, leavesAt + slowness);
      if (fault !== 'slow' && fault !== 'answer-lost') return;
      // The first try is lost or late, and may still take effect. Of a lost answer, the repetition brings none either.
      const again = { ...sending, fault: fault === 'slow' ? undefined : fault };
      if (budget.tries > 1) this.#send(again, leavesAt + budget.requestMs);
      world.after(longestMs(budget), () => this.resume(() => reject(new ServiceError(`${what} took too long`))));
    });
  }

  #send<T>(sending: Sending<T>, leavesAt: number): void {
    const arrivesAt = leavesAt + this.#world.chance.between('request', 1, LATENCY_MS);
    this.#world.at(arrivesAt, () => this.#perform(sending));
  }

  #perform<T>(sending: Sending<T>): void {
    const world = this.#world;
    const { what, effect, fault, resolve, reject } = sending;
    const answer = (act: () => void) =>
      world.after(world.chance.between('answer', 1, LATENCY_MS), () => this.resume(act));
    const fail = () => answer(() => reject(new ServiceError(`${what} failed`)));
    if (fault === 'fails-before') {
      fail();
      return;
    }
    const done = attempt(effect);
    world.note(this.name, () => `${what} ${describe(done)}`);
    const again = () => this.#perform({ ...sending, fault: undefined });
    if (fault === 'crash-after') this.die();
    else if (fault === 'fails-after') fail();
    else if (fault === 'repeated') world.after(world.chance.between('repetition', 50, 1_000), again);
    else if (fault !== 'answer-lost') answer(() => ('error' in done ? reject(done.error) : resolve(done.value)));
  }
}

/** Texts by their two parts. The same few recur, and joining them each time costs more than a look. */
const texts = new Map<string, Map<string, string>>();

/** Two words with a space between them. */
function joined(first: string, second: string): string {
  const known = texts.get(first);
  if (!known) texts.set(first, new Map());
  const text = known?.get(second);
  if (text !== undefined) return text;
  const whole = `${first} ${second}`;
  texts.get(first)?.set(second, whole);
  return whole;
}

interface Sending<T> {
  readonly what: string;
  readonly effect: () => T | Promise<T>;
  readonly fault: FaultKind | undefined;
  readonly resolve: (value: T | Promise<T>) => void;
  readonly reject: (error: unknown) => void;
}

type Done<T> = { readonly value: T } | { readonly error: unknown };

function attempt<T>(effect: () => T): Done<T> {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}

function describe(done: Done<unknown>): string {
  if ('error' in done) return `throws ${done.error instanceof Error ? done.error.name : done.error}`;
  return done.value === undefined ? 'answers nothing' : 'is done';
}
