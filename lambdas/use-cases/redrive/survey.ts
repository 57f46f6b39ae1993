import { type DeadLetterFilter, matches } from '../../domain/redrive/dead-letter-filter.ts';
import { type DeadLetterMessage, readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import type { DeadLetterQueue, QueueMessage } from './queues.ts';

/** Facts of a dead letter in the queue, without its payload. */
export interface SurveyedDeadLetter {
  readonly deadLetter: DeadLetterMessage;
  /** When the queue received the message, in epoch milliseconds. */
  readonly sentAt: number;
}

interface Survey {
  /** Messages that match, oldest first. */
  readonly found: readonly SurveyedDeadLetter[];
  /** Number of messages that do not match. */
  readonly others: number;
  /** Whether the survey saw all messages. */
  readonly isWhole: boolean;
}

interface SurveyOptions {
  readonly filter?: DeadLetterFilter;
  /** Whether to include messages that are neither dead letter nor event. @default false */
  readonly includeOther?: boolean;
  /** Most messages to receive. @default 10000 */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Concurrent receivers. */
const WORKERS = 4;
const EMPTY_RECEIVES_LIMIT = 2;
const DEFAULT_LIMIT = 10_000;

/**
 * Lists the messages of a queue without removing any. Hides each message during the survey, so that it counts once, and
 * then makes all visible again.
 */
export async function survey(source: DeadLetterQueue, options: SurveyOptions = {}): Promise<Survey> {
  const { filter = {}, includeOther = false, limit = DEFAULT_LIMIT, signal } = options;
  const held = new Map<string, QueueMessage>();
  const found: SurveyedDeadLetter[] = [];
  let others = 0;
  const runWorker = async (): Promise<void> => {
    for (let emptyReceives = 0; emptyReceives < EMPTY_RECEIVES_LIMIT && held.size < limit && !signal?.aborted; ) {
      const messages = (await source.receive(10)).filter(({ id }) => !held.has(id));
      emptyReceives = messages.length === 0 ? emptyReceives + 1 : 0;
      for (const message of messages) {
        held.set(message.id, message);
        const deadLetter = readDeadLetter(message.body);
        const isMeant = (includeOther && deadLetter.kind === 'other') || matches(deadLetter, message.sentAt, filter);
        if (isMeant) found.push({ deadLetter, sentAt: message.sentAt });
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
