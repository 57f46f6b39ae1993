import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import type { QueueMessage, TargetQueue } from './queues.ts';

interface DiscardPorts {
  readonly get: (id: string) => Promise<LedgerEntry | undefined>;
  /** Settles a dead-lettered failure as discarded. False if that is not possible now. */
  readonly discard: (entry: LedgerEntry) => Promise<boolean>;
  /** Called with the id of each failure that was discarded. */
  readonly onDiscarded: (id: string) => void;
  /** Called with the id of each failure that stays for now: it is open, or its last event is unpublished. */
  readonly onSkipped: (id: string) => void;
}

/**
 * Creates a target that accepts a dead letter once the ledger has its failure as discarded. It also accepts dead
 * letters whose failure the ledger does not know or has settled otherwise, because they are obsolete.
 */
export function discardTarget({ get, discard, onDiscarded, onSkipped }: DiscardPorts): TargetQueue {
  const take = async ({ body }: QueueMessage): Promise<boolean> => {
    const deadLetter = readDeadLetter(body);
    if (deadLetter.kind !== 'letter') return true;
    const entry = await get(deadLetter.facts.id);
    if (!entry || entry.cycle !== deadLetter.facts.cycle) return true;
    if (entry.state === 'settled' && entry.outcome !== 'dead-lettered') return true;
    const isDone = entry.state === 'settled' && (await discard(entry));
    (isDone ? onDiscarded : onSkipped)(entry.id);
    return isDone;
  };
  return {
    isSelective: true,
    async send(messages) {
      const taken = new Set<string>();
      for (const message of messages) if (await take(message)) taken.add(message.id);
      return taken;
    },
  };
}
