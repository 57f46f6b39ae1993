/** The service's capacity in calls per second, by milliseconds since its return. */
export type Capacity = (sinceReturnMs: number) => number;

const SLICE_MS = 100;

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
  /** Failure rate of the calls that it has room for, after its return, 0 to 1. @default 0 */
  readonly residual?: number;
  /** Time over which the capacity counts, in milliseconds. @default 100 */
  readonly sliceMs?: number;
}

/** Calls that a slice of time serves. */
export function servedPerSlice(capacity: Capacity, slice: number, sliceMs = SLICE_MS): number {
  return Math.floor((capacity(slice * sliceMs) * sliceMs) / 1_000);
}

/** A service that fails until its return. After that, calls beyond its capacity in a slice of time fail. */
export class HerdService {
  readonly #service: Service;
  readonly #random: () => number;
  readonly #sliceMs: number;
  /** Calls per slice since the return. */
  readonly #calls: number[] = [];
  /** Failed calls, without those that would have failed at any time. */
  wasted = 0;

  constructor(service: Service, random: () => number) {
    this.#service = service;
    this.#random = random;
    this.#sliceMs = service.sliceMs ?? SLICE_MS;
  }

  /** Whether the call is served. */
  call(now: number): boolean {
    const { isUpUntil, returnsAt, failing = 1, residual = 0 } = this.#service;
    if (now < isUpUntil) return true;
    const isServed = now < returnsAt ? failing < 1 && this.#random() >= failing : this.#hasRoom(now - returnsAt);
    if (!isServed) this.wasted++;
    return isServed && (residual === 0 || now < returnsAt || this.#random() >= residual);
  }

  /** The maximum number of calls in any second since the return. */
  get peakPerSecond(): number {
    let peak = 0;
    let inWindow = 0;
    const slices = Math.ceil(1_000 / this.#sliceMs);
    for (let slice = 0; slice < this.#calls.length; slice++) {
      inWindow += (this.#calls[slice] ?? 0) - (this.#calls[slice - slices] ?? 0);
      peak = Math.max(peak, inWindow);
    }
    return peak;
  }

  #hasRoom(sinceReturn: number): boolean {
    const slice = Math.floor(sinceReturn / this.#sliceMs);
    const before = this.#calls[slice] ?? 0;
    this.#calls[slice] = before + 1;
    return before < this.#room(slice);
  }

  #room(slice: number): number {
    const { capacity, costOfRefusal = 0 } = this.#service;
    const room = servedPerSlice(capacity, slice, this.#sliceMs);
    if (costOfRefusal === 0 || slice === 0) return room;
    const refused = Math.max(0, (this.#calls[slice - 1] ?? 0) - servedPerSlice(capacity, slice - 1, this.#sliceMs));
    return Math.max(0, room - Math.floor(refused * costOfRefusal));
  }
}
