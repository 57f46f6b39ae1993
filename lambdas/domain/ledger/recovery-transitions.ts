import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { OUTCOME_FACTS } from '../../contract/outcomes.ts';
import { iso } from '../../contract/time.ts';
import { isBoundToUndo } from './bound-to-undo.ts';
import { type Check, is } from './check.ts';
import type { Escalation, NewEntry, Settlement } from './ledger-changes.ts';
import {
  checkedAgain,
  expiryOf,
  IS_NOT_UNDOING,
  isOpenInCycle,
  pending,
  type Transition,
  trailStep,
  type WriteTimes,
} from './transition.ts';

/** The entry of a new failure. The store refuses it if another entry has its key. */
export function claim(entry: NewEntry, times: WriteTimes): LedgerEntry {
  return { ...entry, ...pending(entry, times) };
}

export function escalateToWorkflow(entry: LedgerEntry, change: Escalation, times: WriteTimes): Transition {
  const { execution, attemptLimit } = change;
  return {
    set: { tier: 'warm', execution, attemptLimit, ...checkedAgain(times) },
    trail: [trailStep(times.now, 'handed-over', { execution, attempts: entry.attempts })],
    condition: [...isOpenInCycle(entry), is('tier', 'hot')],
  };
}

export function rescue(entry: LedgerEntry, execution: string, times: WriteTimes): Transition {
  return {
    set: { execution, rescues: entry.rescues + 1, ...checkedAgain(times) },
    trail: [trailStep(times.now, 'rescued', { execution })],
    condition: [...isOpenInCycle(entry), is('rescues', entry.rescues)],
  };
}

export function settle(entry: LedgerEntry, settlement: Settlement, times: WriteTimes): Transition {
  const { outcome, reason, answer, outbox } = settlement;
  const { dropsOperation, mayFollowUndo } = OUTCOME_FACTS[outcome];
  const unpublished = outbox && pending({ id: entry.id }, times);
  return {
    set: {
      state: 'settled',
      outcome,
      reason,
      answer,
      settledAt: iso(times.now),
      deadOf: outcome === 'dead-lettered' ? entry.dependency : undefined,
      outbox,
      expiresAt: expiryOf(times),
      ...unpublished,
    },
    remove: [
      'notBefore',
      'held',
      'lane',
      ...(outbox ? [] : ['pendingShard', 'dueAt']),
      ...(dropsOperation ? payloadAttributes(entry) : []),
      ...(entry.undo && !mayFollowUndo ? ['undo'] : []),
    ],
    trail: [trailStep(times.now, 'settled', { outcome, reason, fallback: answer?.fallback })],
    condition: mayFollowUndo ? isOpenInCycle(entry) : [...isOpenInCycle(entry), isNotBoundToUndo(entry)],
  };
}

/** Without an undo, or with an earlier one that has undone nothing, as it was read. */
function isNotBoundToUndo(entry: LedgerEntry): Check {
  return entry.undo && !isBoundToUndo(entry) ? is('undo.version', entry.undo.version) : IS_NOT_UNDOING;
}

export function clearOutbox(eventId: string): Transition {
  return { remove: ['outbox', 'pendingShard', 'dueAt'], condition: [is('outbox.eventId', eventId)] };
}

/** Postpones the time at which the reconciler checks an entry again. */
export function postpone(entry: LedgerEntry & { readonly dueAt: string }, times: WriteTimes): Transition {
  return {
    // Never shorten the expiry: audit records wait here for their events too, and are kept longer than failures.
    set: { ...checkedAgain(times), expiresAt: Math.max(entry.expiresAt, expiryOf(times)) },
    condition: [is('dueAt', entry.dueAt)],
  };
}

/**
 * Attributes with payload, or texts of others. They are removed once the failure has ended well, because nothing needs
 * them any more.
 */
function payloadAttributes({ question }: LedgerEntry): readonly string[] {
  return [
    'failure',
    'operationItem',
    'edits',
    'inFlight',
    'excerpt',
    ...(question ? ['question.shown'] : []),
    ...(question?.answer?.body === undefined ? [] : ['question.answer.body']),
  ];
}
