import { type Circuit, closed, MAX_SKEW_MS, outageOf, type Recovering, underWay } from './circuit-state.ts';
import { rampEnd } from './ramp.ts';

/** Longest time that a recovering circuit stays open for the line. */
const LONGEST_LINE_MS = 10_000;

/** The effective state at a time: drops an expired override, and closes a recovering circuit whose ramp is over. */
export function effectiveCircuit(stored: Circuit, now: number): Circuit {
  const circuit = stored.since > now + MAX_SKEW_MS ? shifted(stored, now - stored.since) : stored;
  switch (circuit.kind) {
    case 'forced-open':
    case 'forced-closed':
      return circuit.until <= now ? released(circuit, circuit.until) : circuit;
    case 'recovering': {
      const end = recoveryEnd(circuit);
      const { baseline, trippedAt } = circuit;
      return end <= now ? { ...closed(end, baseline, underWay(circuit, now)), trippedAt } : circuit;
    }
    case 'closed':
    case 'open':
    case 'half-open':
      return circuit;
    default:
      return circuit satisfies never;
  }
}

/** Those who wait come back until the line ends. They would overload a closed circuit, which has no share to shrink. */
function recoveryEnd({ ramp, line, since }: Recovering): number {
  return Math.max(rampEnd(ramp), Math.min(line?.endsAt ?? 0, since + LONGEST_LINE_MS));
}

/** After a forced opening, nobody knows the dependency's state, so probes come first. */
export function released(circuit: Circuit, now: number): Circuit {
  if (circuit.kind === 'forced-open') return { ...outageOf(circuit, now), kind: 'open', since: now, until: now };
  return circuit.kind === 'forced-closed' ? closed(now, circuit.baseline, underWay(circuit, now)) : circuit;
}

/** A circuit of the future, because a clock has stepped back: the same one, beginning now. */
function shifted(circuit: Circuit, by: number): Circuit {
  const moved = { since: circuit.since + by, probes: [] };
  switch (circuit.kind) {
    case 'closed':
      return {
        ...circuit,
        ...moved,
        learnedAt: circuit.learnedAt + by,
        ...(circuit.trippedAt !== undefined && { trippedAt: circuit.trippedAt + by }),
      };
    case 'open':
    case 'forced-open':
    case 'forced-closed':
      return { ...circuit, ...moved, ...outageFrom(circuit, by), until: circuit.until + by };
    case 'half-open':
      return { ...circuit, ...moved, ...outageFrom(circuit, by) };
    case 'recovering':
      return {
        ...circuit,
        ...moved,
        ...outageFrom(circuit, by),
        ramp: { ...circuit.ramp, since: circuit.ramp.since + by },
      };
    default:
      return circuit satisfies never;
  }
}

function outageFrom({ trippedAt, line }: Exclude<Circuit, { kind: 'closed' }>, by: number) {
  return { trippedAt: trippedAt + by, ...(line && { line: { ...line, endsAt: line.endsAt + by } }) };
}
