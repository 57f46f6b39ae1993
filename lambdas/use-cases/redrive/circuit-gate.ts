import type { Clock } from '../../contract/time.ts';
import { type CircuitSubject, circuitKey } from '../../domain/circuit/circuit-key.ts';
import type { Circuit } from '../../domain/circuit/circuit-state.ts';
import type { CircuitStore } from '../../domain/circuit/circuit-store.ts';

/** Admits messages to a lane by the circuits of its dependency. */
export interface Gate {
  /**
   * When the next message of this subject may be sent, in epoch milliseconds; now or earlier: at once. Ask before each
   * message.
   */
  passesAt(subject: CircuitSubject): Promise<number>;
}

/** How long the gate trusts a state that it has read. */
const CACHE_MS = 1_000;
/** While the circuit probes, one message may pass in this time. One must, because its call is the probe. */
const PROBE_EVERY_MS = 1_000;

interface Known {
  readonly circuit: Circuit;
  readonly readAt: number;
}

/**
 * Creates a gate that only reads the circuits. It needs no policy: the lane's worker makes the probe and moves the
 * circuit on.
 */
export function circuitGate(store: Pick<CircuitStore, 'read'>, now: Clock): Gate {
  const cache = new Map<string, Known>();
  const probeAt = new Map<string, number>();
  const readCached = async (key: string): Promise<Circuit> => {
    const last = cache.get(key);
    if (last && now() - last.readAt < CACHE_MS) return last.circuit;
    const readAt = now();
    const { circuit } = await store.read(key, readAt);
    cache.set(key, { circuit, readAt });
    return circuit;
  };
  return {
    async passesAt({ dependency, tenant }) {
      const subjects = tenant === undefined ? [{ dependency }] : [{ dependency }, { dependency, tenant }];
      const keys = subjects.map(circuitKey);
      const circuits = await Promise.all(keys.map(async (key) => ({ key, circuit: await readCached(key) })));
      const at = Math.max(...circuits.map(({ key, circuit }) => admitsAt(circuit, now(), probeAt.get(key))));
      if (at > now()) return at;
      for (const { key, circuit } of circuits) if (isProbing(circuit, now())) probeAt.set(key, now() + PROBE_EVERY_MS);
      return at;
    },
  };
}

function admitsAt(circuit: Circuit, now: number, probeAt = 0): number {
  if ((circuit.kind === 'open' || circuit.kind === 'forced-open') && now < circuit.until) return circuit.until;
  return isProbing(circuit, now) ? Math.max(now, probeAt) : now;
}

/** Whether the next call is a probe. */
function isProbing(circuit: Circuit, now: number): boolean {
  switch (circuit.kind) {
    case 'open':
    case 'half-open':
      return true;
    case 'forced-open':
      // The forced state has ended; the next call will write the following state.
      return now >= circuit.until;
    case 'closed':
    case 'recovering':
    case 'forced-closed':
      return false;
    default:
      return circuit satisfies never;
  }
}
