import { syncBuiltinESMExports } from 'node:module';
import { type Clock, install } from '@sinonjs/fake-timers';
import { Transit } from './transit.ts';

/** A day: what has not happened by then does not happen. */
const LIMIT_MS = 86_400_000;

/**
 * Takes the place of the clock and the timers of this process. Time stands still while anything computes, reads or is sent, and
 * goes on to the next timer when nothing does, but only while somebody waits for it by {@link run} or {@link until}. So nothing that
 * runs here can be late, however slow the machine is, and nobody waits for a wait.
 */
export class VirtualClock {
  readonly #real = { setImmediate, timeout: AbortSignal.timeout };
  readonly #transit = new Transit();
  readonly #clock: Clock;
  readonly #waiting = new Set<(error: Error) => void>();
  #isRunning = false;

  /** @param now Milliseconds since the epoch to begin at. */
  constructor(now: number = Date.now()) {
    this.#clock = install({
      now,
      shouldClearNativeTimers: true,
      toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
    AbortSignal.timeout = timeoutSignal;
    // Whoever imports a function of `node:timers/promises` by its name takes the new one from now on.
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
   * @throws Error if there is nothing left that could settle it, or not within a day
   */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    const { promise: stuck, reject } = Promise.withResolvers<never>();
    const limit = setTimeout(() => reject(new Error('a day of virtual time has gone by')), LIMIT_MS);
    this.#waiting.add(reject);
    if (!this.#isRunning) void this.#pass();
    try {
      return await Promise.race([work, stuck]);
    } finally {
      this.#waiting.delete(reject);
      clearTimeout(limit);
    }
  }

  /**
   * Lets time pass until a check no longer throws. It is asked every second at first, and ever more seldom, so that waiting for
   * hours takes no thousand looks.
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

  /** Lets time pass. @param ms Virtual milliseconds. */
  sleep(ms: number): Promise<void> {
    return this.run(pause(ms));
  }

  /** From timer to timer, as long as somebody waits. */
  async #pass(): Promise<void> {
    this.#isRunning = true;
    for (;;) {
      await this.#quiet();
      if (this.#waiting.size === 0) break;
      if (this.#clock.countTimers() === 0)
        for (const give of this.#waiting) give(new Error('nothing is left to happen'));
      else this.#clock.next();
    }
    this.#isRunning = false;
  }

  /** Waits until nothing is left to do at this moment. */
  async #quiet(): Promise<void> {
    for (let turns = 0; turns < 2; turns++) {
      await new Promise<void>((resolve) => this.#real.setImmediate(resolve));
      if (this.#transit.isBusy || process.getActiveResourcesInfo().some((kind) => BUSY.test(kind))) turns = -1;
    }
  }
}

/** Resources of the event loop whose end is only a matter of computing: callbacks that are due, files, names, connections, writes. */
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
