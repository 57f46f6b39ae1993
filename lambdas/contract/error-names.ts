import { namesOf } from './names-of.ts';

/**
 * What the Recovery machine does with each error. The only list of the names that leave a handler unchanged.
 *
 * - `answer`: the error names the next state. An immediate retry would not change the answer.
 * - `retry`: native Retry applies
 */
const ERROR_ROLES = {
  GaveUpError: 'answer',
  NotYetError: 'answer',
  WaitFirstError: 'answer',
  CircuitOpenError: 'answer',
  ConflictError: 'answer',
  DecisionDueError: 'answer',
  DecidedError: 'answer',
  FallbackDueError: 'answer',
  UndoDueError: 'answer',
  UndoGoesOnError: 'answer',
  UndoFailedError: 'answer',
  NotSettledError: 'answer',
  TransientError: 'retry',
  UnregisteredDependencyError: 'retry',
  BusyError: 'retry',
  InternalError: 'retry',
} as const satisfies Readonly<Record<string, 'answer' | 'retry'>>;

/** Name of an error that leaves a handler unchanged. */
export type BackstopErrorName = keyof typeof ERROR_ROLES;

export const BACKSTOP_ERRORS: readonly BackstopErrorName[] = namesOf(ERROR_ROLES);

/** Errors that name the next state of the Recovery machine. */
export const ANSWER_ERRORS: readonly BackstopErrorName[] = BACKSTOP_ERRORS.filter(
  (name) => ERROR_ROLES[name] === 'answer',
);

export function isBackstopError(name: string): name is BackstopErrorName {
  return Object.hasOwn(ERROR_ROLES, name);
}
