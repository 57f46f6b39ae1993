import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { isDeadLetterReason } from '../../contract/reasons.ts';
import { createDeadLetter, type DeadLetter } from '../../domain/ledger/dead-letter.ts';
import type { Ledger } from '../../use-cases/ledger/ledger.ts';
import { count, logger } from '../telemetry.ts';

/** Parks dead letters of failures that have used up their cycles. */
export interface Parking {
  park(entry: LedgerEntry): Promise<void>;
}

interface ParkingPorts {
  readonly ledger: Pick<Ledger, 'park'>;
  /** Sends a message to the parked queue. */
  readonly keep: (body: string) => Promise<void>;
  /** Base URL of the runbook. */
  readonly runbookUrl: string;
}

export function parking({ ledger, keep, runbookUrl }: ParkingPorts): Parking {
  return {
    async park(entry) {
      // Send the dead letter first: after a crash in between it may be there twice, but it is never lost.
      await keep(JSON.stringify(parkedDeadLetter(entry, runbookUrl)));
      if (!(await ledger.park(entry))) return;
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
