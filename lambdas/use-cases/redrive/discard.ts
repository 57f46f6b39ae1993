import type { Who } from '../../domain/ledger/ledger-changes.ts';
import { readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { QueueMessage, TargetQueue } from './queues.ts';

interface DiscardPorts {
  readonly ledger: Pick<Ledger, 'get' | 'discard'>;
  readonly who: Who;
  /** Called with the id of each failure that was discarded. */
  readonly onDiscarded: (id: string) => void;
  /** Called with the id of each failure that stays for now: it is open, or its last event is unpublished. */
  readonly onSkipped: (id: string) => void;
}

/**
 * Creates a target that accepts a dead letter once the ledger has its failure as discarded. It also accepts dead
 * letters whose failure the ledger does not know or has settled otherwise, because they are obsolete.
 */
export function discardTarget({ ledger, who, onDiscarded, onSkipped }: DiscardPorts): TargetQueue {
  const discard = async ({ body }: QueueMessage): Promise<boolean> => {
    const deadLetter = readDeadLetter(body);
    if (deadLetter.kind !== 'letter') return true;
    const entry = await ledger.get(deadLetter.facts.id);
    if (!entry || entry.cycle !== deadLetter.facts.cycle) return true;
    if (entry.state === 'settled' && entry.outcome !== 'dead-lettered') return true;
    const isDone = entry.state === 'settled' && (await ledger.discard(entry, who));
    (isDone ? onDiscarded : onSkipped)(entry.id);
    return isDone;
  };
  return {
    isSelective: true,
    async send(messages) {
      const taken = new Set<string>();
      for (const message of messages) if (await discard(message)) taken.add(message.id);
      return taken;
    },
  };
}
