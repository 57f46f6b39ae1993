import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import type { StepProgress } from '../../contract/undo-progress.ts';

/**
 * Whether an undo is under way in this cycle, or a step of an earlier one is undone or may be. Then it continues, even
 * if the operation turns out to have succeeded.
 */
export function isBoundToUndo({ cycle, undo }: Pick<LedgerEntry, 'cycle' | 'undo'>): boolean {
  return undo !== undefined && (undo.cycle === cycle || undo.steps.some(mayBeUndone));
}

function mayBeUndone({ state, because, possibleEffectAt }: StepProgress): boolean {
  if (state === 'done' || state === 'calling' || possibleEffectAt !== undefined) return true;
  return state === 'failed' && because === 'unknown-result';
}
