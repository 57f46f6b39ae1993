import type { CircuitPolicy } from '../../contract/circuit-policy.ts';
import type { Circuit } from './circuit-state.ts';
import { effectiveCircuit } from './effective-circuit.ts';
import { hasRoom } from './probing.ts';
import { shareOfAsks } from './ramp.ts';

/** Decision on a call. `ask`: request a probe from the table, because probes are limited across all instances. */
type Admission = 'admit' | 'ask' | 'reject';

/** A call that asks. */
interface Asking {
  /** 0 (inclusive) to 1 (exclusive): the first ones pass. */
  readonly turn: number;
  /** Calls per second that ask, of all instances, if that is known. */
  readonly asks?: number | undefined;
}

/** Decides on a call from the state that an instance has cached. */
export function admission(circuit: Circuit, now: number, { turn, asks }: Asking, policy: CircuitPolicy): Admission {
  const current = effectiveCircuit(circuit, now);
  switch (current.kind) {
    case 'closed':
    case 'forced-closed':
      return 'admit';
    case 'open':
      return now < current.until ? 'reject' : 'ask';
    case 'half-open':
      return hasRoom(current, now, policy) ? 'ask' : 'reject';
    case 'recovering':
      return turn < shareOfAsks(current.ramp, now, asks) ? 'admit' : 'reject';
    case 'forced-open':
      return 'reject';
    default:
      return current satisfies never;
  }
}

/** Share of the calls that a circuit admits without a probe, 0 to 1. */
export function shareOf(circuit: Circuit, now: number, asks?: number): number {
  const current = effectiveCircuit(circuit, now);
  if (current.kind === 'recovering') return shareOfAsks(current.ramp, now, asks);
  return current.kind === 'closed' || current.kind === 'forced-closed' ? 1 : 0;
}

/** Multiples of it are spread over 0 to 1 more evenly than random numbers are, however many of them one takes. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** Turn of the n-th call that asks. A share of all turns admits calls at nearly even distances. */
export function turnOf(ordinal: number): number {
  return (ordinal * GOLDEN_RATIO) % 1;
}
