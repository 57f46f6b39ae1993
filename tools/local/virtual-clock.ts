import { syncBuiltinESMExports } from 'node:module';
import { type Clock, install } from '@sinonjs/fake-timers';
import { Transit } from './transit.ts';

/** Default limit of a wait: one virtual day. */
const LIMIT_MS = 86_400_000;

/** Interval between steps of a paced clock, in real milliseconds. */
const STEP_MS = 10;

/**
 * Default longest step of a paced clock, in virtual milliseconds. After a stall, an answer must not arrive together
 * with its time limit.
 */
const LONGEST_STEP_MS = 50;

/**
 * Longest standstill of a live clock, in real milliseconds. While a thousand failures are under way, something computes
 * all the time. Another process that polls an empty queue would wait until all are over.
 */
const LONGEST_STANDSTILL_MS = 250;

export interface VirtualClockOptions {
  /** Maximum speed, as a multiple of real time. @default - as fast as the machine can compute */
  readonly pace?: number;
  /** Longest step of a paced clock, in virtual milliseconds: below every time limit that a test meets. @default 50 */
  readonly longestStepMs?: number;
}

/** A caller who waits for virtual time to pass. */
interface Waiter {
  readonly giveUpAt: number;
  readonly giveUp: (error: Error) => void;
}

/**
 * Replaces the clock and the timers of this process. Time stops while anything computes, reads or sends.
 * When the process is idle, time jumps to the next timer. It does so only during a {@link run}, {@link until} or {@link
 * sleep}.
 * So no code can be late, however slow the machine is, and waits take no real time.
 */
export class VirtualClock {
  readonly #pace: number;
  readonly #longestStepMs: number;
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

  constructor({ pace = Number.POSITIVE_INFINITY, longestStepMs = LONGEST_STEP_MS }: VirtualClockOptions = {}) {
    this.#pace = pace;
    this.#longestStepMs = longestStepMs;
    this.#clock = install({
      now: Date.now(),
      shouldClearNativeTimers: true,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
    AbortSignal.timeout = timeoutSignal;
    // Updates modules that import a function of `node:timers/promises` by name.
    syncBuiltinESMExports();
  }

  /** Restores the real clock and timers. Pending timers never fire. */
  uninstall(): void {
    this.#clock.uninstall();
    AbortSignal.timeout = this.#real.timeout;
    syncBuiltinESMExports();
    this.#transit.stop();
  }

  /**
   * Lets time pass until a promise settles.
   * @param limitMs Virtual milliseconds.
   * @throws Error if nothing is left that could settle it, or if the limit passes first
   */
  async run<Result>(work: Promise<Result>, limitMs: number = LIMIT_MS): Promise<Result> {
    const { promise: given, reject: giveUp } = Promise.withResolvers<never>();
    const waiter = { giveUpAt: Date.now() + limitMs, giveUp };
    this.#waiters.add(waiter);
    void this.#pass();
    return Promise.race([work, given]).finally(() => this.#waiters.delete(waiter));
  }

  /**
   * Lets time pass until a check no longer throws. Checks every second at first, then ever less often.
   * @returns the check's result
   * @throws the check's last error, after half a day
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

  /** Keeps to the real time from now on, so that other processes see the same. Under load, it may be late. */
  goLive(): void {
    this.#isLive = true;
  }

  /** Lets time pass. @param ms Virtual milliseconds. */
  sleep(ms: number): Promise<void> {
    return this.run(pause(ms));
  }

  /** Advances from timer to timer while a caller waits. */
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
    // What has begun meanwhile ends first: no time passes between a request and its answer.
    await this.#quiet();
    const passed = this.#isLive ? this.#real.Date.now() - Date.now() : (this.#real.now() - begun) * this.#pace;
    this.#clock.tick(Math.min(Math.max(0, Math.round(passed)), this.#longestStepMs));
  }

  /** Waits until the process is idle or no caller waits any more. A live clock waits only for a moment. */
  async #quiet(): Promise<void> {
    const begun = this.#real.now();
    for (let turns = 0; turns < 2 && this.#waiters.size > 0; turns++) {
      if (this.#isLive && this.#real.now() - begun > LONGEST_STANDSTILL_MS) return;
      await new Promise<void>((resolve) => this.#real.setImmediate(resolve));
      if (this.#transit.isBusy || process.getActiveResourcesInfo().some((kind) => BUSY.test(kind))) turns = -1;
    }
  }
}

/**
 * Event loop resources that only computation or the operating system ends: callbacks, files, names, connections,
 * writes.
 */
const BUSY = /^Immediate$|Req|ConnectWrap|WriteWrap|ShutdownWrap|Job/;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Works like `AbortSignal.timeout`, but uses the replaced timers. */
function timeoutSignal(ms: number): AbortSignal {
  const controller = new AbortController();
  const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  setTimeout(() => controller.abort(reason), ms);
  return controller.signal;
}
