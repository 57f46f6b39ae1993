import { type Compensation, hasStepsLeft } from '../../contract/compensation.ts';
import type { UndoStep } from '../../contract/failure.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';
import { mayHaveTakenEffect } from './possible-effect.ts';

/** A step's progress for reports and alerts. Holds facts only. */
export type StepReport = Pick<
  StepProgress,
  'name' | 'dependency' | 'state' | 'because' | 'rule' | 'statusCode' | 'attempts'
>;

export function compensationOf(entry: Pick<LedgerEntry, 'failure' | 'undo' | 'operationItem'>): Compensation {
  const { failure, undo } = entry;
  // Without its operation, nobody knows whether there are steps.
  if (!undo) return failure?.undo?.length || isOperationMissing(entry) ? 'not-run' : 'none';
  return undo.steps.every(isUndone) ? 'done' : 'incomplete';
}

/** Whether nothing remains of the work: all steps are undone, and so is the operation, unless it had no effect. */
export function isCompensated(entry: LedgerEntry): boolean {
  return compensationOf(entry) === 'done' && (!mayHaveTakenEffect(entry) || isOperationUndone(entry));
}

/** Whether completed steps must be undone before the failure can end. */
export function isUndoDue(entry: LedgerEntry): boolean {
  if (isOperationMissing(entry)) return false;
  return hasStepsLeft({ compensation: compensationOf(entry) }) || isCompensated(entry);
}

export function undoneCount({ undo }: Pick<LedgerEntry, 'undo'>): number {
  return undo?.steps.filter(({ state }) => state === 'done').length ?? 0;
}

export function stepReports({ steps }: UndoProgress): readonly StepReport[] {
  return steps.map(({ name, dependency, state, because, rule, statusCode, attempts }) => ({
    name,
    dependency,
    state,
    because,
    rule,
    statusCode,
    attempts,
  }));
}

/** Whether the item that should hold the operation is gone. Then nobody knows whether there are steps to undo. */
export function isOperationMissing({
  failure,
  operationItem,
}: Pick<LedgerEntry, 'failure' | 'operationItem'>): boolean {
  return failure === undefined && operationItem !== undefined;
}

function isUndone({ state }: StepProgress): boolean {
  return state === 'done' || state === 'skipped';
}

function isOperationUndone(entry: LedgerEntry): boolean {
  const steps = entry.failure?.undo ?? [];
  return steps.some((step, index) => undoesOperation(step, entry) && entry.undo?.steps[index]?.state === 'done');
}

/**
 * Whether a step undoes the operation at the dependency where it may have taken effect. That is the backup, if the
 * operation was sent there.
 */
export function undoesOperation(
  { undoes, dependency }: UndoStep,
  { backupCalled = dependency }: Pick<LedgerEntry, 'backupCalled'>,
): boolean {
  return undoes === 'operation' && dependency === backupCalled;
}
