import type { CircuitChange } from '../../lambdas/shared/circuit/circuit-change.ts';

/** A change of a circuit, as functions log it. */
export type LoggedChange = Pick<CircuitChange, 'circuit' | 'from' | 'to' | 'reason' | 'counts'>;

/** What nothing tells of but a line that a function logs. Whoever tells of one takes it out. */
export interface News {
  /** Ids of failures whose event came again after its end. */
  readonly repetitions: string[];
  readonly changes: LoggedChange[];
}

/** Notes what a line of a function tells. */
export function hear(line: string, { repetitions, changes }: News): void {
  if (line.includes('"duplicate, nothing to do"')) {
    const { failureId }: { failureId?: string } = JSON.parse(line);
    if (failureId !== undefined) repetitions.push(failureId);
  } else if (line.includes('"circuit state changed"')) {
    changes.push(JSON.parse(line));
  }
}
