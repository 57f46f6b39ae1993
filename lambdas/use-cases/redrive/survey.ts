import { type DeadLetterFilter, matches } from '../../domain/redrive/dead-letter-filter.ts';
import { type DeadLetterMessage, readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import type { LetterQueue, QueueMessage } from './queues.ts';

/** A letter that was looked at, without what it holds beside facts. */
export interface Seen {
  readonly letter: DeadLetterMessage;
  /** When it came into the queue, in epoch milliseconds. */
  readonly sentAt: number;
}

export interface Survey {
  /** Letters that match; the oldest first. */
  readonly found: readonly Seen[];
  /** Messages that do not match, letters and others. */
  readonly others: number;
  /** Whether all messages were looked at. */
  readonly isWhole: boolean;
}

export interface SurveyOptions {
  readonly filter?: DeadLetterFilter;
  /** Whether all messages are meant, also those that are neither letter nor event. @default false */
  readonly anything?: boolean;
  /** Messages that are looked at, at most. @default 10000 */
  readonly most?: number;
  readonly signal?: AbortSignal;
}

/** Receives that run side by side. */
const HANDS = 4;
const BARREN_LIMIT = 2;
const MOST = 10_000;

/**
 * Looks at what lies in a queue, and takes nothing: what was looked at is hidden for the time of that, so that each is seen once, and
 * then seen again at once.
 */
export async function survey(source: LetterQueue, options: SurveyOptions = {}): Promise<Survey> {
  const { filter = {}, anything = false, most = MOST, signal } = options;
  const held = new Map<string, QueueMessage>();
  const found: Seen[] = [];
  let others = 0;
  const hand = async (): Promise<void> => {
    for (let barren = 0; barren < BARREN_LIMIT && held.size < most && !signal?.aborted; ) {
      const messages = (await source.receive(10)).filter(({ id }) => !held.has(id));
      barren = messages.length === 0 ? barren + 1 : 0;
      for (const message of messages) {
        held.set(message.id, message);
        const letter = readDeadLetter(message.body);
        const isMeant = (anything && letter.kind === 'other') || matches(letter, message.sentAt, filter);
        if (isMeant) found.push({ letter, sentAt: message.sentAt });
        else others++;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: HANDS }, hand));
  } finally {
    await source.release([...held.values()]).catch(() => undefined);
  }
  return { found: found.sort((a, b) => a.sentAt - b.sentAt), others, isWhole: held.size < most && !signal?.aborted };
}
