import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { anyOf, is, isAbsent, isBelow } from './check.ts';
import type { LaneMessage } from './ledger-changes.ts';
import { isOpenInCycle, type Transition } from './transition.ts';

/**
 * Makes a message the one that continues a held failure in its lane, before its worker sends the next copy. A message
 * with a higher number is a copy that the last one sent, so it follows that.
 */
export function passOn(entry: LedgerEntry, { messageId, copy }: LaneMessage): Transition {
  return {
    set: { lane: { messageId, copy } },
    condition: [
      ...isOpenInCycle(entry),
      is('tier', 'hot'),
      anyOf(isAbsent('lane'), isBelow('lane.copy', copy), is('lane.messageId', messageId)),
    ],
  };
}

/**
 * Whether another message continues the failure in the lane. That one is in the queue, or has sent the copy that
 * follows it. So this one may be deleted.
 */
export function isSuperseded({ state, tier, lane }: LedgerEntry, { messageId, copy }: LaneMessage): boolean {
  if (state !== 'open' || tier !== 'hot' || lane === undefined) return false;
  return lane.messageId !== messageId && copy <= lane.copy;
}
