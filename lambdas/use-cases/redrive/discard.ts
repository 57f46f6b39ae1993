import { type FailureKey, failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import type { QueueMessage, TargetQueue } from './queues.ts';

interface DiscardPorts {
  readonly get: (key: FailureKey) => Promise<LedgerEntry | undefined>;
  /** Settles a dead-lettered failure as discarded. False if that is not possible now. */
  readonly discard: (entry: LedgerEntry) => Promise<boolean>;
  /** The dependency of dead letters that name none. @default - the ledger knows no failure of such a dead letter */
  readonly dependency?: string | undefined;
  /** Called with each failure that was discarded. */
  readonly onDiscarded: (entry: LedgerEntry) => void;
  /** Called with each failure that stays for now: it is open, or its last event is unpublished. */
  readonly onSkipped: (entry: LedgerEntry) => void;
}

/**
 * Creates a target that accepts a dead letter once the ledger has its failure as discarded. It also accepts dead
 * letters whose failure the ledger does not know or has settled otherwise, because they are obsolete.
 */
export function discardTarget({ get, discard, dependency, onDiscarded, onSkipped }: DiscardPorts): TargetQueue {
  const take = async ({ body }: QueueMessage): Promise<boolean> => {
    const deadLetter = readDeadLetter(body);
    if (deadLetter.kind !== 'letter') return true;
    const { id, tenant, dependency: named = dependency } = deadLetter.facts;
    const entry = named === undefined ? undefined : await get(failureKey({ dependency: named, tenant, id }));
    if (!entry || entry.cycle !== deadLetter.facts.cycle) return true;
    if (entry.state === 'settled' && entry.outcome !== 'dead-lettered') return true;
    const isDone = entry.state === 'settled' && (await discard(entry));
    (isDone ? onDiscarded : onSkipped)(entry);
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
