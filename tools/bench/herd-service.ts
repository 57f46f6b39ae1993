/** The service's capacity in calls per second, by milliseconds since its return. */
export type Capacity = (sinceReturnMs: number) => number;

export const SLICE_MS = 100;

export interface Service {
  /** Milliseconds since the start. Until then, the service serves all calls. */
  readonly isUpUntil: number;
  /** Milliseconds since the start. From `isUpUntil` until then, the service fails. */
  readonly returnsAt: number;
  readonly capacity: Capacity;
  /** Failure rate before its return, 0 to 1. @default 1 */
  readonly failing?: number;
  /** Part of a served call's cost that a call beyond the capacity costs in the next slice. @default 0 */
  readonly costOfRefusal?: number;
}

/** Calls that a slice of 100 ms serves. */
export function servedPerSlice(capacity: Capacity, slice: number): number {
  return Math.floor((capacity(slice * SLICE_MS) * SLICE_MS) / 1_000);
}

/** A service that fails until its return. After that, calls beyond its capacity in a slice of 100 ms fail. */
export class HerdService {
  readonly #service: Service;
  readonly #random: () => number;
  /** Calls per slice since the return. */
  readonly #calls: number[] = [];
  wasted = 0;

  constructor(service: Service, random: () => number) {
    this.#service = service;
    this.#random = random;
  }

  /** Whether the call is served. */
  call(now: number): boolean {
    const { isUpUntil, returnsAt, failing = 1 } = this.#service;
    if (now < isUpUntil) return true;
    const isServed = now < returnsAt ? failing < 1 && this.#random() >= failing : this.#hasRoom(now - returnsAt);
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
    return before < this.#room(slice);
  }

  #room(slice: number): number {
    const { capacity, costOfRefusal = 0 } = this.#service;
    const room = servedPerSlice(capacity, slice);
    if (costOfRefusal === 0 || slice === 0) return room;
    const refused = Math.max(0, (this.#calls[slice - 1] ?? 0) - servedPerSlice(capacity, slice - 1));
    return Math.max(0, room - Math.floor(refused * costOfRefusal));
  }
}
