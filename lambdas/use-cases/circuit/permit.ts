/** Permission to make one call. The holder reports how the call ended, or withdraws it. */
export interface Permit {
  readonly generation: number;
  /** When the call was admitted, in epoch milliseconds. A later state may not admit it any more. */
  readonly at?: number;
  /** Token of the probe's lease. */
  readonly probe?: string;
  /** Set for a durable retry, which does not count as normal traffic. */
  readonly retry?: true;
}

/** A permit as the circuit gives it. Reports need less. */
export interface AcquiredPermit extends Permit {
  readonly at: number;
}

export type AcquireResult =
  | { readonly admitted: true; readonly permit: AcquiredPermit }
  /** `retryAt`: when to ask again, in epoch milliseconds. */
  | { readonly admitted: false; readonly retryAt: number; readonly because: 'circuit' | 'retry-budget' };

/**
 * Longest time between the permit and its call, in milliseconds. A function may freeze in between for as long as it
 * likes, and the circuit may have opened since.
 */
const GRACE_MS = 2_000;
/** The same for a state machine, whose transitions take a moment each. */
const MACHINE_GRACE_MS = 5_000;

/** Whether a call may still be made on a permit. If not, withdraw it and ask again. */
export function isFresh({ at }: Permit, now: number): boolean {
  return at === undefined || Math.abs(now - at) <= GRACE_MS;
}

/**
 * Until when a state machine may make its call, in epoch milliseconds. Later, it withdraws the permit and asks again.
 */
export function machineMayBeginUntil({ at }: AcquiredPermit): number {
  return at + MACHINE_GRACE_MS;
}
