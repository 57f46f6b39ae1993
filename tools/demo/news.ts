import type { CircuitChange } from '../../lambdas/domain/circuit/circuit-change.ts';

/** A change of a circuit, as functions log it. */
export type LoggedChange = Pick<CircuitChange, 'circuit' | 'from' | 'to' | 'reason' | 'counts'>;

/** What nothing tells of but a line that a function logs. Whoever tells of one takes it out. */
export interface News {
  /** Ids of failures whose event came again after its end. */
  readonly repetitions: string[];
  readonly changes: LoggedChange[];
  /** Ids of failures about which a human is asked. */
  readonly questions: string[];
}

/** Notes what a line of a function tells. */
export function hear(line: string, { repetitions, changes, questions }: News): void {
  const list = line.includes('"duplicate, nothing to do"')
    ? repetitions
    : line.includes('"a human must decide"')
      ? questions
      : undefined;
  if (list) {
    const { failureId }: { failureId?: string } = JSON.parse(line);
    if (failureId !== undefined) list.push(failureId);
  } else if (line.includes('"circuit state changed"')) {
    changes.push(JSON.parse(line));
  }
}
