import { type Letter, readLetter } from '../../domain/redrive/letter.ts';
import { type LetterFilter, matches } from '../../domain/redrive/letter-filter.ts';
import type { DeadLetterQueue, QueueMessage } from './queues.ts';

/** A letter that was looked at, without what it holds beside facts. */
export interface SurveyedLetter {
  readonly letter: Letter;
  /** When it came into the queue, in epoch milliseconds. */
  readonly sentAt: number;
}

export interface Survey {
  /** Letters that match; the oldest first. */
  readonly found: readonly SurveyedLetter[];
  /** Messages that do not match, letters and others. */
  readonly others: number;
  /** Whether all messages were looked at. */
  readonly isWhole: boolean;
}

export interface SurveyOptions {
  readonly filter?: LetterFilter;
  /** Whether all messages are meant, also those that are neither letter nor event. @default false */
  readonly includeOther?: boolean;
  /** Messages that are looked at, at most. @default 10000 */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Receives that run side by side. */
const WORKERS = 4;
const EMPTY_RECEIVES_LIMIT = 2;
const DEFAULT_LIMIT = 10_000;

/**
 * Looks at what lies in a queue, and takes nothing: what was looked at is hidden for the time of that, so that each is seen once, and
 * then seen again at once.
 */
export async function survey(source: DeadLetterQueue, options: SurveyOptions = {}): Promise<Survey> {
  const { filter = {}, includeOther = false, limit = DEFAULT_LIMIT, signal } = options;
  const held = new Map<string, QueueMessage>();
  const found: SurveyedLetter[] = [];
  let others = 0;
  const runWorker = async (): Promise<void> => {
    for (let emptyReceives = 0; emptyReceives < EMPTY_RECEIVES_LIMIT && held.size < limit && !signal?.aborted; ) {
      const messages = (await source.receive(10)).filter(({ id }) => !held.has(id));
      emptyReceives = messages.length === 0 ? emptyReceives + 1 : 0;
      for (const message of messages) {
        held.set(message.id, message);
        const letter = readLetter(message.body);
        const isMeant = (includeOther && letter.kind === 'other') || matches(letter, message.sentAt, filter);
        if (isMeant) found.push({ letter, sentAt: message.sentAt });
        else others++;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: WORKERS }, runWorker));
  } finally {
    await source.release([...held.values()]).catch(() => undefined);
  }
  return { found: found.sort((a, b) => a.sentAt - b.sentAt), others, isWhole: held.size < limit && !signal?.aborted };
}
