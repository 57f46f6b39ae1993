import { readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { SettledChanges, Who } from './changes.ts';
import type { QueueMessage, TargetQueue } from './queues.ts';

export interface DiscardTools {
  readonly ledger: Pick<Ledger, 'get'>;
  readonly changes: Pick<SettledChanges, 'discard'>;
  readonly who: Who;
  /** Told of each failure that has ended by it. */
  readonly tell: (id: string) => void;
  /** Told of each failure that can't be ended now: it is being worked on, or its last outcome has not been told yet. */
  readonly tellLeft: (id: string) => void;
}

/**
 * Where letters go that are discarded: it takes a letter once the ledger says that its failure is. What the ledger does not know, or
 * knows to be over, it takes as well: such a letter means nothing any more.
 */
export function discards({ ledger, changes, who, tell, tellLeft }: DiscardTools): TargetQueue {
  const takes = async ({ body }: QueueMessage): Promise<boolean> => {
    const letter = readDeadLetter(body);
    if (letter.kind !== 'letter') return true;
    const entry = await ledger.get(letter.facts.id);
    if (!entry || entry.cycle !== letter.facts.cycle) return true;
    if (entry.state === 'settled' && entry.outcome !== 'dead-lettered') return true;
    const isDone = entry.state === 'settled' && (await changes.discard(entry, who));
    (isDone ? tell : tellLeft)(entry.id);
    return isDone;
  };
  return {
    isChoosy: true,
    async send(messages) {
      const taken = new Set<string>();
      for (const message of messages) if (await takes(message)) taken.add(message.id);
      return taken;
    },
  };
}
