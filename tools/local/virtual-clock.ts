import { syncBuiltinESMExports } from 'node:module';
import { type Clock, install } from '@sinonjs/fake-timers';
import { Transit } from './transit.ts';

/** A day: what has not happened by then does not happen. */
const LIMIT_MS = 86_400_000;

/** How often a clock that keeps a pace looks at the time, in real milliseconds. */
const STEP_MS = 10;

export interface VirtualClockOptions {
  /** How many times as fast as real time it may go at most. @default - as fast as the machine can compute */
  readonly pace?: number;
}

/** Somebody for whom time passes. */
interface Waiter {
  readonly giveUpAt: number;
  readonly giveUp: (error: Error) => void;
}

/**
 * Takes the place of the clock and the timers of this process. Time stands still while anything computes, reads or is sent, and
 * goes on to the next timer when nothing does, but only while somebody waits for it by {@link run}, {@link until} or {@link sleep}. So nothing that
 * runs here can be late, however slow the machine is, and waits take no time.
 */
export class VirtualClock {
  readonly #pace: number;
  #isLive = false;
  readonly #real = {
    Date,
    setImmediate,
    setTimeout,
    now: performance.now.bind(performance),
    timeout: AbortSignal.timeout,
  };
  readonly #transit = new Transit();
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #isPassing = false;

  constructor({ pace = Number.POSITIVE_INFINITY }: VirtualClockOptions = {}) {
    this.#pace = pace;
    this.#clock = install({
      now: Date.now(),
      shouldClearNativeTimers: true,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
    AbortSignal.timeout = timeoutSignal;
    // Modules that import a function of `node:timers/promises` by its name get the new one from now on.
    syncBuiltinESMExports();
  }

  /** Gives the process its own clock and timers back. Timers that are still set never fire. */
  uninstall(): void {
    this.#clock.uninstall();
    AbortSignal.timeout = this.#real.timeout;
    syncBuiltinESMExports();
    this.#transit.stop();
  }

  /**
   * Lets time pass until a promise is settled.
   * @param limitMs Virtual milliseconds.
   * @throws Error if there is nothing left that could settle it, or not within the limit
   */
  async run<Result>(work: Promise<Result>, limitMs: number = LIMIT_MS): Promise<Result> {
    const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
    const waiter = { giveUpAt: Date.now() + limitMs, giveUp };
    this.#waiters.add(waiter);
    void this.#pass();
    return Promise.race([work, given]).finally(() => this.#waiters.delete(waiter));
  }

  /**
   * Lets time pass until a check no longer throws. The check is made every second at first, then ever less often.
   *
   * @returns what the check returns
   * @throws what it threw last, if that goes on for half a day
   */
  until<Result>(check: () => Result | Promise<Result>): Promise<Result> {
    const begun = Date.now();
    const look = async (): Promise<Result> => {
      for (;;) {
        try {
          return await check();
        } catch (error) {
          if (Date.now() - begun >= LIMIT_MS / 2) throw error;
        }
        await pause(Math.max(1_000, (Date.now() - begun) / 20));
      }
    };
    return this.run(look());
  }

  /** Keeps to the real time from now on, so that other processes see the same. */
  goLive(): void {
    this.#isLive = true;
  }

  /** Lets time pass. @param ms Virtual milliseconds. */
  sleep(ms: number): Promise<void> {
    return this.run(pause(ms));
  }

  /** From timer to timer, as long as somebody waits. */
  async #pass(): Promise<void> {
    if (this.#isPassing) return;
    this.#isPassing = true;
    for (;;) {
      await this.#quiet();
      if (this.#waiters.size === 0) break;
      for (const { giveUpAt, giveUp } of this.#waiters)
        if (Date.now() >= giveUpAt) giveUp(new Error('the time limit is over'));
      if (this.#isLive || Number.isFinite(this.#pace)) await this.#step();
      else if (this.#clock.countTimers() > 0) this.#clock.next();
      else for (const { giveUp } of this.#waiters) giveUp(new Error('nothing is left to happen'));
    }
    this.#isPassing = false;
  }

  async #step(): Promise<void> {
    const begun = this.#real.now();
    await new Promise((resolve) => this.#real.setTimeout(resolve, STEP_MS));
    const passed = this.#isLive ? this.#real.Date.now() - Date.now() : (this.#real.now() - begun) * this.#pace;
    this.#clock.tick(Math.max(0, Math.round(passed)));
  }

  /** Waits until nothing is left to do at this moment, or nobody waits any more. */
  async #quiet(): Promise<void> {
    for (let turns = 0; turns < 2 && this.#waiters.size > 0; turns++) {
      await new Promise<void>((resolve) => this.#real.setImmediate(resolve));
      if (this.#transit.isBusy || process.getActiveResourcesInfo().some((kind) => BUSY.test(kind))) turns = -1;
    }
  }
}

/** Resources of the event loop that only computing or the operating system ends: callbacks, files, names, connections, writes. */
const BUSY = /^Immediate$|Req|ConnectWrap|WriteWrap|ShutdownWrap|Job/;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** As Node does it, but by the timers of this process. */
function timeoutSignal(ms: number): AbortSignal {
  const controller = new AbortController();
  const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  setTimeout(() => controller.abort(reason), ms);
  return controller.signal;
}
