import type { CircuitKind } from '../../contract/circuit-kinds.ts';
import type { Circuit } from './circuit-state.ts';
import type { Tally } from './tally.ts';

/** Why a circuit changed state. */
type ChangeReason =
  | 'failure-rate'
  | 'time-to-probe'
  | 'probe-failed'
  | 'probes-succeeded'
  | 'failing-again'
  | 'recovered'
  | 'forced'
  | 'released';

/** A change of a circuit's state, for logs and events. */
export interface CircuitChange {
  /** Dependency, or `dependency/tenant`. */
  readonly circuit: string;
  readonly from: CircuitKind;
  readonly to: CircuitKind;
  readonly reason: ChangeReason;
  /** Calls counted at the time of the change. */
  readonly counts: Tally;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Epoch milliseconds: the circuit doesn't change by itself before this time. */
  readonly until?: number;
  /** The operator's reason for the override, and the operator. */
  readonly note?: string;
  readonly by?: string;
}

/** Describes a change of state; undefined if the state stays the same. */
export function describeChange(
  key: string,
  before: Circuit,
  after: Circuit,
  { counts, at }: { readonly counts: Tally; readonly at: number },
): CircuitChange | undefined {
  if (before.kind === after.kind && !after.kind.startsWith('forced')) return undefined;
  if (before === after) return undefined;
  return {
    circuit: key,
    from: before.kind,
    to: after.kind,
    reason: changeReason(before.kind, after.kind),
    counts,
    at,
    ...('until' in after && { until: after.until }),
    ...((after.kind === 'forced-open' || after.kind === 'forced-closed') && { note: after.reason, by: after.by }),
  };
}

function changeReason(from: CircuitKind, to: CircuitKind): ChangeReason {
  if (to === 'forced-open' || to === 'forced-closed') return 'forced';
  if (from === 'forced-open' || from === 'forced-closed') return 'released';
  switch (to) {
    case 'open':
      return from === 'half-open' ? 'probe-failed' : from === 'recovering' ? 'failing-again' : 'failure-rate';
    case 'half-open':
      return 'time-to-probe';
    case 'recovering':
      return 'probes-succeeded';
    case 'closed':
      return 'recovered';
    default:
      return to satisfies never;
  }
}
