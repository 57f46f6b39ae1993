/** The service's capacity in calls per second, by milliseconds since its return. */
export type Capacity = (sinceReturnMs: number) => number;

const SLICE_MS = 100;

/** A service that is down until `returnsAt`. After that, calls beyond its capacity in a slice of 100 ms fail. */
export class HerdService {
  readonly #returnsAt: number;
  readonly #capacity: Capacity;
  /** Calls per slice since the return. */
  readonly #calls: number[] = [];
  wasted = 0;

  constructor(returnsAt: number, capacity: Capacity) {
    this.#returnsAt = returnsAt;
    this.#capacity = capacity;
  }

  /** Whether the call is served. */
  call(now: number): boolean {
    const isServed = now >= this.#returnsAt && this.#hasRoom(now - this.#returnsAt);
    if (!isServed) this.wasted++;
    return isServed;
  }

  /** The maximum number of calls in any second since the return. */
  get peakPerSecond(): number {
    let peak = 0;
    let inWindow = 0;
    const slices = 1_000 / SLICE_MS;
    for (let slice = 0; slice < this.#calls.length; slice++) {
      inWindow += (this.#calls[slice] ?? 0) - (this.#calls[slice - slices] ?? 0);
      peak = Math.max(peak, inWindow);
    }
    return peak;
  }

  #hasRoom(sinceReturn: number): boolean {
    const slice = Math.floor(sinceReturn / SLICE_MS);
    const before = this.#calls[slice] ?? 0;
    this.#calls[slice] = before + 1;
    return before < Math.floor((this.#capacity(slice * SLICE_MS) * SLICE_MS) / 1_000);
  }
}
