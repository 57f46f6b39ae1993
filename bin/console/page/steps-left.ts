import { hasStepsLeft } from '../../../lambdas/contract/compensation.ts';
import type { FailureRow, Incident } from './documents.ts';

/** Cause of the incident about completed steps that nothing has undone. */
const UNDO_INCOMPLETE = 'undo-incomplete';

/** Dead letters of a dependency whose completed steps are still in effect. */
export interface StepsLeft {
  readonly ids: ReadonlySet<string>;
  /** Whether there are more than those: an incident names a few. */
  readonly hasMore: boolean;
}

/** What the open incidents tell. */
export function stepsLeftOf(incidents: readonly Incident[], dependency: string): StepsLeft {
  const ids = new Set<string>();
  let hasMore = false;
  for (const { of, cause, count, samples = [] } of incidents) {
    if (of !== dependency || cause !== UNDO_INCOMPLETE) continue;
    for (const { failureId } of samples) ids.add(failureId);
    hasMore ||= count > samples.length;
  }
  return { ids, hasMore };
}

/**
 * Whether completed steps of a dead letter in a list are still in effect. The list knows it once their undo has begun,
 * and an incident of some before.
 */
export function isHalfDone(row: Pick<FailureRow, 'id' | 'compensation'>, { ids }: StepsLeft): boolean {
  return hasStepsLeft(row) || ids.has(row.id);
}

/** What a discard leaves in effect, as far as the page knows. Undefined if nothing. */
export function discardWarning(names: readonly string[], mayHaveMore: boolean): string | undefined {
  const [first] = names;
  if (first === undefined)
    return mayHaveMore ? 'WARNING: the incident Undo incomplete is open. Look at the steps of each first.' : undefined;
  const shown = names.length > 1 ? `${first} and ${names.length - 1} more` : first;
  const more = mayHaveMore ? ' Others may have steps left as well.' : '';
  return `WARNING: completed steps of ${shown} are NOT undone, and nothing undoes them after a discard.${more}`;
}
