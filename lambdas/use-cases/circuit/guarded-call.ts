import type { Breaker, Permit } from './breaker.ts';

/** One call that the circuit has let pass. What is said first counts; what is said after that changes nothing. */
export interface GuardedCall {
  readonly isProbe: boolean;
  succeeded(): Promise<void>;
  failed(): Promise<void>;
  withdraw(): Promise<void>;
}

/** @param permit absent where nobody was asked */
export function guardedCall(circuit: Breaker, permit: Permit | undefined): GuardedCall {
  let open = permit;
  const end = async (tell: (permit: Permit) => Promise<void>): Promise<void> => {
    const ended = open;
    open = undefined;
    if (ended) await tell(ended);
  };
  return {
    isProbe: permit?.probe !== undefined,
    succeeded: () => end((ended) => circuit.succeeded(ended)),
    failed: () => end((ended) => circuit.failed(ended)),
    withdraw: () => end((ended) => circuit.withdraw(ended)),
  };
}
