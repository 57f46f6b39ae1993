import type { Circuit, CircuitKind } from './circuit.ts';
import type { Tally } from './tally.ts';

/** Why a circuit has changed. */
export type ChangeReason =
  | 'failure-rate'
  | 'time-to-probe'
  | 'probe-failed'
  | 'probes-succeeded'
  | 'failing-again'
  | 'recovered'
  | 'forced'
  | 'released';

/** A change of a circuit's kind, as logs and events tell of it. */
export interface CircuitChange {
  /** Dependency, or `dependency/tenant`. */
  readonly circuit: string;
  readonly from: CircuitKind;
  readonly to: CircuitKind;
  readonly reason: ChangeReason;
  /** Calls counted when it changed. */
  readonly counts: Tally;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Epoch milliseconds: not before then it changes by itself. */
  readonly until?: number;
  /** What the operator wrote who forced it, and who that was. */
  readonly note?: string;
  readonly by?: string;
}

/** Tells of a change of kind; undefined where there is none. */
export function changeOf(
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
    reason: reasonOf(before.kind, after.kind),
    counts,
    at,
    ...('until' in after && { until: after.until }),
    ...((after.kind === 'forced-open' || after.kind === 'forced-closed') && { note: after.reason, by: after.by }),
  };
}

function reasonOf(from: CircuitKind, to: CircuitKind): ChangeReason {
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
