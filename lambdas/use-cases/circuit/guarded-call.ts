import type { Breaker } from './breaker.ts';
import { isFresh, type Permit } from './permit.ts';

/** One admitted call. Only the first report counts; later ones change nothing. */
export interface GuardedCall {
  readonly isProbe: boolean;
  /** Whether the call may still be made. If not, ask again: the circuit may have opened since. */
  mayBegin(now: number): boolean;
  succeeded(): Promise<void>;
  failed(): Promise<void>;
  withdraw(): Promise<void>;
}

/** @param permit absent if the circuit was not asked; reports then do nothing */
export function guardedCall(circuit: Breaker, permit: Permit | undefined): GuardedCall {
  let open = permit;
  const end = async (report: (permit: Permit) => Promise<void>): Promise<void> => {
    const ended = open;
    open = undefined;
    if (ended) await report(ended);
  };
  return {
    isProbe: permit?.probe !== undefined,
    mayBegin: (now) => permit === undefined || isFresh(permit, now),
    succeeded: () => end((ended) => circuit.succeeded(ended)),
    failed: () => end((ended) => circuit.failed(ended)),
    withdraw: () => end((ended) => circuit.withdraw(ended)),
  };
}
