import { FAILURE_ID } from '../../contract/names.ts';
import type { Attempted } from './report-detail.ts';

/** The id of a failure: never random, since the same failure must have the same id when it is reported again. */
export function idOf({ id, operation }: Pick<Attempted, 'id' | 'operation'>): string | undefined {
  const [, key] =
    Object.entries(operation.headers ?? {}).find(([name]) => name.toLowerCase() === 'idempotency-key') ?? [];
  return id ?? (key !== undefined && FAILURE_ID.test(key) ? key : undefined);
}

/**
 * The id of a call in a step of a saga. No other order, step or number has the same: after its last hyphen, each
 * character that could end a name early is escaped.
 *
 * @param number 1 for the first call of the step
 */
export function stepCallId(order: string, step: string, number: number): string {
  const name = step.replaceAll('.', '._').replaceAll('-', '..');
  return `${order}-${name}${number > 1 ? `.${number}` : ''}`;
}
