import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { isDeadLetterReason } from '../../contract/reasons.ts';
import { DAY_MS, iso } from '../../contract/time.ts';
import { createDeadLetter, type DeadLetter } from '../../domain/ledger/dead-letter.ts';
import { settledWriter } from '../ledger/conditional-writer.ts';
import type { TimedTable } from '../table.ts';
import { count, logger } from '../telemetry.ts';

/** Parks dead letters of failures that have used up their cycles. */
export interface Parking {
  park(entry: LedgerEntry): Promise<void>;
}

interface ParkingOptions extends TimedTable {
  /** Sends a message to the parked queue. */
  readonly keep: (body: string) => Promise<void>;
  /** Base URL of the runbook. */
  readonly runbookUrl: string;
}

/** Retention of the ledger entry: longer than the parked letter's 14 days, which is useless without its entry. */
const ENTRY_KEPT_MS = 30 * DAY_MS;

export function parking({ client, table, keep, runbookUrl, now = Date.now }: ParkingOptions): Parking {
  const write = settledWriter({ client, table });
  return {
    async park(entry) {
      // Send the letter first: after a crash in between it may be there twice, but it is never lost.
      await keep(JSON.stringify(parkedDeadLetter(entry, runbookUrl)));
      const isFirst = await write(entry, {
        set: {
          parkedAfter: entry.cycle,
          expiresAt: Math.max(entry.expiresAt, Math.ceil((now() + ENTRY_KEPT_MS) / 1_000)),
        },
        append: { trail: [{ at: iso(now()), step: 'parked', cycle: entry.cycle }] },
        condition: '(attribute_not_exists(#parkedAfter) OR #parkedAfter < :inCycle)',
      });
      if (!isFirst) return;
      logger.warn('parked, all cycles used up', { dependency: entry.dependency, cycle: entry.cycle });
      count('FailureParked', { dependency: entry.dependency });
    },
  };
}

/** Recreates the dead letter from the ledger entry. */
function parkedDeadLetter(entry: LedgerEntry, runbookUrl: string): DeadLetter {
  const { reason, settledAt = entry.receivedAt } = entry;
  const known = isDeadLetterReason(reason) ? reason : 'handler-failed';
  const deadLetter = createDeadLetter(entry, { reason: known, now: Date.parse(settledAt), runbookUrl });
  return { ...deadLetter, runbook: `${runbookUrl}#parked-letters` };
}

/**
 * Creates a function that allows a dead-lettered failure one more cycle. The function returns the cycles allowed in
 * all, or undefined if the failure is no longer dead-lettered or is open again.
 */
export function cycleAllower(options: TimedTable) {
  const { now = Date.now } = options;
  const write = settledWriter(options);
  return async (
    entry: LedgerEntry,
    { by, why }: { readonly by: string; readonly why: string },
  ): Promise<number | undefined> => {
    const cyclesAllowed = entry.cycle + 1;
    const isAllowed = await write(entry, {
      set: { cyclesAllowed },
      append: { trail: [{ at: iso(now()), step: 'cycle-allowed', cycle: cyclesAllowed, by, why }] },
      condition: '#outcome = :deadLettered',
      values: { deadLettered: 'dead-lettered' },
    });
    return isAllowed ? cyclesAllowed : undefined;
  };
}
