import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import { noLongerAwaited } from './attempt-transitions.ts';
import { anyOf, type Check, hasSize, is, isAbsent, isBelow, isStill } from './check.ts';
import type { OperationEdit, Reopening, Who } from './ledger-changes.ts';
import { outcomeEvent } from './outcome-event.ts';
import {
  expiryOf,
  IS_NOT_UNDOING,
  isoOrUndefined,
  isSettledInCycle,
  pending,
  type Transition,
  trailStep,
  undefinedFields,
  type WriteTimes,
} from './transition.ts';

/** Most trail steps kept from earlier cycles. Bounds the item below 400 KB, however often it is redriven. */
const MAX_KEPT_STEPS = 40;
/** Attributes of a cycle that a redrive removes. */
const CYCLE_ATTRIBUTES = [
  'outcome',
  'reason',
  'settledAt',
  'deadOf',
  'execution',
  'notBefore',
  'held',
  'lane',
  'paidFrom',
  'question',
];
const DISCARDED = { outcome: 'discarded', reason: 'by-operator' } as const;
/** Longer than the 14 days of the parked letter, which is useless without its entry. */
const PARKED_KEPT_MS = 30 * DAY_MS;
/** Most bytes of field names in a trail step, so that ten edits and their patches fit in an item. */
const FIELDS_BYTES = 480;

export function reopen(entry: LedgerEntry, reopening: Reopening, times: WriteTimes): Transition {
  const { verdict, attemptLimit, deadline, fallbackAt, deadLetterQueueUrl, conflict } = reopening;
  const cycle = entry.cycle + 1;
  return {
    set: {
      trail: [...entry.trail.slice(-MAX_KEPT_STEPS), trailStep(times.now, 'redriven', { cycle })],
      deadLetterQueueUrl,
      state: 'open',
      cycle,
      tier: 'hot',
      attempts: 0,
      rescues: 0,
      verdict,
      attemptLimit,
      deadline: iso(deadline),
      fallbackAt: isoOrUndefined(fallbackAt),
      conflict,
      awaited: noLongerAwaited(entry.awaited),
      // The result of the awaited execution is unknown.
      possibleEffect: (entry.awaited && !entry.awaited.hasFailed) || entry.possibleEffect,
      ...pending({ id: entry.id }, times),
    },
    remove: [...CYCLE_ATTRIBUTES, ...undefinedFields({ fallbackAt, conflict })],
    // The trail must not have grown since the read, because this write replaces it and would lose an operator's step.
    condition: [is('cycle', entry.cycle), ...IS_PUBLISHED_DEAD_LETTER, hasSize('trail', entry.trail.length)],
  };
}

export function editOperation(entry: LedgerEntry, edit: OperationEdit, who: Who, { now }: WriteTimes): Transition {
  const { failure, number, fields, text } = edit;
  return {
    set: { failure, edited: number, edits: [...(entry.edits ?? []), text] },
    trail: [trailStep(now, 'edited', { number, fields: truncatedFields(fields), ...who })],
    condition: [
      ...isSettledInCycle(entry),
      ...IS_PUBLISHED_DEAD_LETTER,
      isStill('edited', entry.edited),
      IS_NOT_UNDOING,
      isAbsent('inFlight'),
    ],
  };
}

export function discard(entry: LedgerEntry, who: Who, times: WriteTimes): Transition {
  const { outcome, reason } = DISCARDED;
  return {
    set: {
      outcome,
      reason,
      settledAt: iso(times.now),
      outbox: outcomeEvent(entry, outcome, reason),
      ...pending({ id: entry.id }, times),
      expiresAt: Math.max(entry.expiresAt, expiryOf(times)),
    },
    remove: ['deadOf'],
    trail: [trailStep(times.now, 'settled', { outcome, reason, ...who })],
    condition: [...isSettledInCycle(entry), ...IS_PUBLISHED_DEAD_LETTER],
  };
}

/** Records that the dead letter is parked, once for each cycle. */
export function park({ cycle, expiresAt }: LedgerEntry, { now }: WriteTimes): Transition {
  const parkedExpiry = expiryOf({ now, retentionMs: PARKED_KEPT_MS });
  return {
    set: { parkedAfter: cycle, expiresAt: Math.max(expiresAt, parkedExpiry) },
    trail: [trailStep(now, 'parked', { cycle })],
    condition: [...isSettledInCycle({ cycle }), anyOf(isAbsent('parkedAfter'), isBelow('parkedAfter', cycle))],
  };
}

export function allowCycle(entry: LedgerEntry, who: Who, { now }: WriteTimes): Transition {
  const cycle = entry.cycle + 1;
  return {
    set: { cyclesAllowed: cycle },
    trail: [trailStep(now, 'cycle-allowed', { cycle, ...who })],
    condition: [...isSettledInCycle(entry), is('outcome', 'dead-lettered')],
  };
}

/** The failure is dead-lettered, and its event is published: the outbox must be empty before another event. */
const IS_PUBLISHED_DEAD_LETTER: readonly Check[] = [is('outcome', 'dead-lettered'), isAbsent('outbox')];

function truncatedFields(fields: readonly string[]): string {
  let bytes = 0;
  const named = fields.filter((field) => {
    bytes += Buffer.byteLength(field) + 1;
    return bytes <= FIELDS_BYTES;
  });
  const others = fields.length - named.length;
  return others === 0 ? named.join(' ') : `${named.join(' ')} and ${others} more`.trimStart();
}
