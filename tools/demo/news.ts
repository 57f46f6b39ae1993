import type { CircuitChange } from '../../lambdas/domain/circuit/circuit-change.ts';

/** A circuit change as functions log it. */
export type LoggedChange = Pick<CircuitChange, 'circuit' | 'from' | 'to' | 'reason' | 'counts'>;

/** Facts that only log lines reveal. The reporter removes each fact that it reports. */
export interface News {
  /** Ids of failures whose event arrived again after its end. */
  readonly repetitions: string[];
  readonly changes: LoggedChange[];
  /** Ids of failures that need a human decision. */
  readonly questions: string[];
}

/** Records the facts of a log line. */
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
