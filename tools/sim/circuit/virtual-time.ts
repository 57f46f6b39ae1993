/** Coarse, so that many events coincide: only then can their order differ. */
const STEP_MS = 20;

/**
 * A clock that advances in steps of 20 ms as soon as all work is done. Sleepers of the same step wake in the order of
 * their sleep.
 */
export class VirtualTime {
  /** Epoch milliseconds. */
  now = 1_700_000_000_000;
  readonly #sleepers = new Map<number, (() => void)[]>();

  sleep(ms: number): Promise<void> {
    const at = this.now + STEP_MS * Math.max(1, Math.round(ms / STEP_MS));
    return new Promise((wake) => {
      const others = this.#sleepers.get(at);
      if (others) others.push(wake);
      else this.#sleepers.set(at, [wake]);
    });
  }

  /** Lets time pass until the given time, or until the work is done. */
  async advance(ms: number, isDone: () => boolean = () => false): Promise<void> {
    const until = this.now + ms;
    await allElseDone();
    while (this.now < until && !isDone()) {
      this.now += STEP_MS;
      const woken = this.#sleepers.get(this.now);
      if (!woken) continue;
      this.#sleepers.delete(this.now);
      for (const wake of woken) wake();
      await allElseDone();
    }
  }
}

/**
 * Waits until all woken sleepers have finished or sleep again. They only await promises, and a tick that is requested
 * between two of those comes after all of them. A turn of the event loop would take ten times as long.
 */
async function allElseDone(): Promise<void> {
  await undefined;
  return new Promise((resolve) => process.nextTick(resolve));
}

/** Generates random numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
