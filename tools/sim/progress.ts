/** Positions of the numbers that threads share. */
const [NEXT, SCHEDULES, FAULTS, BROKEN, STOPPED] = [0, 1, 2, 3, 4] as const;

/** How far the threads of one run are. They take their seeds here, so that all below {@link Progress.nextSeed} ran. */
export class Progress {
  /** Other threads get it as it is. */
  readonly shared: BigInt64Array<SharedArrayBuffer>;

  /** @param shared numbers of another thread's progress. @default - a new progress, from seed 1 */
  constructor(shared = new BigInt64Array(new SharedArrayBuffer(5 * BigInt64Array.BYTES_PER_ELEMENT))) {
    this.shared = shared;
  }

  static from(seed: number): Progress {
    const progress = new Progress();
    progress.shared[NEXT] = BigInt(seed);
    return progress;
  }

  /** The first seed that nobody has taken. */
  get nextSeed(): number {
    return this.#get(NEXT);
  }

  get schedules(): number {
    return this.#get(SCHEDULES);
  }

  get faults(): number {
    return this.#get(FAULTS);
  }

  /** Schedules that broke a promise. */
  get broken(): number {
    return this.#get(BROKEN);
  }

  /** Whether no further schedule begins. */
  get isStopped(): boolean {
    return this.#get(STOPPED) !== 0;
  }

  /** Lets schedules that run come to their end. */
  stop(): void {
    Atomics.store(this.shared, STOPPED, 1n);
  }

  /** Takes the next seed. Undefined if none below `end` is left, or somebody has stopped the run. */
  takeSeed(end: number): number | undefined {
    for (;;) {
      const seed = Atomics.load(this.shared, NEXT);
      if (this.isStopped || seed >= BigInt(end)) return undefined;
      if (Atomics.compareExchange(this.shared, NEXT, seed, seed + 1n) === seed) return Number(seed);
    }
  }

  count({ faults, isBroken }: { readonly faults: number; readonly isBroken: boolean }): void {
    Atomics.add(this.shared, SCHEDULES, 1n);
    Atomics.add(this.shared, FAULTS, BigInt(faults));
    if (isBroken) Atomics.add(this.shared, BROKEN, 1n);
  }

  #get(position: number): number {
    return Number(Atomics.load(this.shared, position));
  }
}
