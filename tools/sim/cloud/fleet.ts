import { toReportableError } from '../../../lambdas/contract/errors.ts';
import { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { StateError } from './interpreter.ts';

/** What an invocation knows. */
export interface Invocation<Ports> {
  readonly ports: Ports;
  readonly process: Process;
  /** Time that the function has left, in milliseconds. */
  readonly remainingMs: () => number;
}

interface Instance<Ports> {
  /** Number of the deployment that it is of. */
  readonly deployment: number;
  readonly process: Process;
  readonly ports: Ports;
}

/** Errors that only a mistake in the code explains. */
const DEFECTS: ReadonlySet<unknown> = new Set([
  'TypeError',
  'ReferenceError',
  'RangeError',
  'SyntaxError',
  'ValiError',
]);

const SKEW_MS = 5_000;
/** Most idle instances of a function that are kept. */
const MOST_WARM = 3;

/** The instances of all functions. One runs one invocation at a time, and keeps what it remembers for the next. */
export class Fleet<Ports> {
  readonly #world: World;
  readonly #create: (process: Process) => Ports;
  readonly #idle = new Map<string, Instance<Ports>[]>();
  #started = 0;
  #deployment = 0;

  constructor(world: World, create: (process: Process) => Ports) {
    this.#world = world;
    this.#create = create;
  }

  /**
   * Invokes a function. Its errors are those that leave a handler.
   *
   * @throws StateError `Lambda.Unknown` if the process died, `Sandbox.Timedout` after the function's timeout
   */
  invoke<T>(role: string, timeoutMs: number, work: (invocation: Invocation<Ports>) => Promise<T>): Promise<T> {
    const world = this.#world;
    const fault = world.faults.inject(`invoke ${role}`, ['fails-after', 'crash-before']);
    return new Promise((resolve, reject) => {
      world.after(world.chance.between('invocation', 5, 25), () => {
        const instance = this.#idle.get(role)?.pop() ?? this.#start(role);
        const { process, ports } = instance;
        const endsAt = world.now + timeoutMs;
        let isOver = false;
        const end = (answer: () => void) => {
          if (isOver) return;
          isOver = true;
          world.after(world.chance.between('response', 1, 5), answer);
        };
        process.onDeath = () => end(() => reject(new StateError('Lambda.Unknown', 'the process died')));
        world.at(endsAt, () => {
          if (isOver) return;
          end(() => reject(new StateError('Sandbox.Timedout', `no result after ${timeoutMs} ms`)));
          // A frozen process may continue later, although nobody waits for it any more.
          if (process.frozenUntil <= world.now) process.die();
        });
        if (fault === 'crash-before') return process.die();
        world.note(process.name, () => 'is invoked');
        const remainingMs = () => endsAt - world.now;
        const finish = (answer: () => void) => {
          if (!isOver) this.#keep(role, instance);
          end(fault === 'fails-after' ? () => reject(new StateError('Lambda.Unknown', 'the answer is lost')) : answer);
        };
        work({ ports, process, remainingMs }).then(
          (value) => finish(() => resolve(value)),
          (error) => {
            world.note(process.name, () => `throws ${error?.name}: ${error?.message}`);
            if (DEFECTS.has(error?.name)) world.defects.push(`${role}: ${error.name}: ${error.message}`);
            finish(() => reject(toReportableError(error)));
          },
        );
      });
    });
  }

  /** Ends what is idle. What works continues, and is not kept. */
  retire(): void {
    this.#idle.clear();
    this.#deployment++;
  }

  #start(role: string): Instance<Ports> {
    const world = this.#world;
    const name = `${role}-${++this.#started}`;
    const fault = world.faults.inject(`start ${role}`, ['fast-clock', 'slow-clock']);
    const skewMs = fault === undefined ? 0 : fault === 'fast-clock' ? SKEW_MS : -SKEW_MS;
    const process = new Process(world, { role, name, skewMs });
    return { process, ports: this.#create(process), deployment: this.#deployment };
  }

  #keep(role: string, instance: Instance<Ports>): void {
    const idle = this.#idle.get(role) ?? [];
    this.#idle.set(role, idle);
    const isCurrent = instance.deployment === this.#deployment;
    if (!instance.process.isDead && isCurrent && idle.length < MOST_WARM) idle.push(instance);
  }
}
