import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { type DeadLetter, deadLetter } from '../../domain/ledger/dead-letter.ts';
import { isDeadLetterReason } from '../../domain/redrive/dead-letter-message.ts';
import { settledWriter } from '../ledger/conditional-writer.ts';
import { count, logger } from '../telemetry.ts';

/** Puts letters aside whose failures have used up their cycles. */
export interface Parking {
  park(entry: LedgerEntry): Promise<void>;
}

export interface ParkingOptions {
  readonly client: DynamoDBClient;
  /** The ledger's. */
  readonly table: string;
  /** Puts a message into the queue of parked letters. */
  readonly keep: (body: string) => Promise<void>;
  /** Where the runbook is to be read. */
  readonly runbookUrl: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** A parked letter is kept for 14 days, and is worth nothing without its failure. */
const REMEMBERED_MS = 30 * 86_400_000;

export function parking({ client, table, keep, runbookUrl, now = Date.now }: ParkingOptions): Parking {
  const write = settledWriter({ client, table });
  return {
    async park(entry) {
      // First the letter: cut off in between it may be there twice, but never not at all.
      await keep(JSON.stringify(parkedLetter(entry, runbookUrl)));
      const isFirst = await write(entry, {
        set: {
          parkedAfter: entry.cycle,
          expiresAt: Math.max(entry.expiresAt, Math.ceil((now() + REMEMBERED_MS) / 1_000)),
        },
        append: { trail: [{ at: iso(now()), step: 'parked', cycle: entry.cycle }] },
        condition: '(attribute_not_exists(#parkedAfter) OR #parkedAfter < :inCycle)',
      });
      if (!isFirst) return;
      logger.warn('parked, since its cycles are used up', { dependency: entry.dependency, cycle: entry.cycle });
      count('FailureParked', { dependency: entry.dependency });
    },
  };
}

/** Written anew from the ledger. */
function parkedLetter(entry: LedgerEntry, runbookUrl: string): DeadLetter {
  const { reason, settledAt = entry.receivedAt } = entry;
  const known = isDeadLetterReason(reason) ? reason : 'handler-failed';
  const letter = deadLetter(entry, { reason: known, now: Date.parse(settledAt), runbookUrl });
  return { ...letter, runbook: `${runbookUrl}#parked-letters` };
}

/**
 * Lets a failure that has used up its cycles have one more. Answers the cycles that it has then in all; undefined where it is not
 * dead-lettered any more, or goes on already.
 */
export function cycleAllower(options: {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly now?: () => number;
}) {
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

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
