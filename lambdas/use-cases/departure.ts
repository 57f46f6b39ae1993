import { BusyError } from '../contract/errors.ts';
import { endsWithin } from '../contract/lease.ts';
import type { GuardedCall } from './circuit/guarded-call.ts';

/**
 * Whether a request of a call may still leave. Ask right before it does: a process may freeze at any time, and others
 * continue once the lease is over.
 *
 * @param timeoutMs longest time that the request may take, in milliseconds
 * @throws BusyError if it may not; nothing was sent
 */
export type Departure = (timeoutMs: number) => void;

interface Permission {
  /** Epoch milliseconds: end of the call's lease. */
  readonly until: number;
  /** Admits the call's first request. The others belong to the same call. */
  readonly circuit: Pick<GuardedCall, 'mayBegin'>;
  readonly clock: { readonly now: number };
}

export function departure({ until, circuit, clock }: Permission): Departure {
  let hasBegun = false;
  return (timeoutMs) => {
    const { now } = clock;
    if (!endsWithin(until, timeoutMs, now)) throw new BusyError('the lease is about to expire');
    if (!hasBegun && !circuit.mayBegin(now)) throw new BusyError('the circuit was asked too long ago');
    hasBegun = true;
  };
}
