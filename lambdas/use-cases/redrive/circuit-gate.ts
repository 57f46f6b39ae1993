import type { Circuit } from '../../domain/circuit/circuit.ts';
import { type CircuitSubject, circuitKey } from '../../domain/circuit/circuit-key.ts';
import type { CircuitStore } from '../../domain/circuit/circuit-store.ts';

/** Says whether messages may go to a lane, by the circuits of its dependency. */
export interface Gate {
  /** When a message about this subject may go out, in epoch milliseconds; now or earlier: at once. Asked for each that goes out. */
  passesAt(subject: CircuitSubject): Promise<number>;
}

/** How long what was read is believed. */
const CACHE_MS = 1_000;
/** While only probes pass, one message goes out in that time: one must, since somebody has to make the probe. */
const PROBE_EVERY_MS = 1_000;

interface Known {
  readonly circuit: Circuit;
  readonly readAt: number;
}

/**
 * Looks at the circuits, and changes none of them. It knows no policy, and needs none: whether a probe is made, and what becomes of the
 * circuit then, is for the lane's worker.
 */
export function circuitGate(store: Pick<CircuitStore, 'read'>, now: () => number): Gate {
  const known = new Map<string, Known>();
  const probeAt = new Map<string, number>();
  const readCached = async (key: string): Promise<Circuit> => {
    const last = known.get(key);
    if (last && now() - last.readAt < CACHE_MS) return last.circuit;
    const readAt = now();
    const { circuit } = await store.read(key, readAt);
    known.set(key, { circuit, readAt });
    return circuit;
  };
  return {
    async passesAt({ dependency, tenant }) {
      const keys = [circuitKey({ dependency }), ...(tenant === undefined ? [] : [circuitKey({ dependency, tenant })])];
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
      // It holds no longer, and what follows is not written yet.
      return now >= circuit.until;
    case 'closed':
    case 'recovering':
    case 'forced-closed':
      return false;
    default:
      return circuit satisfies never;
  }
}
