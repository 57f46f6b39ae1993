import type { LedgerEntry, TrailStep } from '../../contract/ledger-entry.ts';
import type { StepProgress, UndoProgress } from '../../contract/undo-progress.ts';
import { type Check, is, isStill } from './check.ts';
import type { Undoing } from './ledger-changes.ts';
import {
  hasNoCallInFlight,
  IS_NOT_UNDOING,
  isOpenInCycle,
  type Transition,
  trailStep,
  type WriteTimes,
} from './transition.ts';

/** Records that the undo has begun, or that a later cycle resumes it. */
export function beginUndo(entry: LedgerEntry, undo: UndoProgress, { now }: WriteTimes): Transition {
  return {
    set: { undo },
    // The undo does not wait for what the operation waited for.
    remove: ['notBefore', 'held', 'paidFrom'],
    trail: [trailStep(now, 'undo-begun', { reason: undo.reason, steps: undo.steps.length })],
    condition: [
      ...isOpenInCycle(entry),
      hasNoCallInFlight(now),
      // A call after the read prevents the undo, whose plan would ignore its effect.
      isStill('lastToken', entry.lastToken),
      isStill('backupCalled', entry.backupCalled),
      isUndoUnchanged(entry),
    ],
  };
}

export function recordUndoStep(
  entry: Undoing,
  change: { readonly index: number; readonly step: StepProgress; readonly version: string },
  { now }: WriteTimes,
): Transition {
  const { index, step, version } = change;
  return {
    set: { undo: { ...entry.undo, steps: entry.undo.steps.with(index, step), version } },
    trail: finalSteps(step, now),
    condition: [...isOpenInCycle(entry), isUndoUnchanged(entry)],
  };
}

function isUndoUnchanged({ undo }: LedgerEntry): Check {
  return undo ? is('undo.version', undo.version) : IS_NOT_UNDOING;
}

function finalSteps(step: StepProgress, now: number): readonly TrailStep[] {
  const { name, dependency, state, because, rule, statusCode, attempts } = step;
  const facts = { name, dependency, because, rule, statusCode, attempts };
  switch (state) {
    case 'done':
      return [trailStep(now, 'step-undone', facts)];
    case 'failed':
      return [trailStep(now, 'undo-failed', facts)];
    case 'open':
    case 'calling':
    case 'skipped':
      return [];
    default:
      return state satisfies never;
  }
}
