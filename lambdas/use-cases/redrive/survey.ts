import { type DeadLetterFilter, matches } from '../../domain/redrive/dead-letter-filter.ts';
import { type DeadLetterMessage, readDeadLetter } from '../../domain/redrive/dead-letter-message.ts';
import { QueueWalk, type WalkPorts } from './queue-walk.ts';
import type { QueueMessage } from './queues.ts';

/** Facts of a dead letter in the queue, without its payload. */
export interface SurveyedDeadLetter {
  /** Id of the message, the same for each receive. */
  readonly messageId: string;
  readonly deadLetter: DeadLetterMessage;
  /** When the queue received the message, in epoch milliseconds. */
  readonly sentAt: number;
}

export interface Survey {
  /** Messages that match, oldest first. */
  readonly found: readonly SurveyedDeadLetter[];
  /** Number of dead letters and events that do not match. */
  readonly others: number;
  /** Number of matches that arrived after the survey had begun. There may be more, which it did not wait for. */
  readonly newer: number;
  /** Whether the survey saw all messages that were there when it began. */
  readonly isWhole: boolean;
  /** Messages that another reader held all the time. Approximate. */
  readonly hidden: number;
}

export interface SurveyOptions {
  readonly filter?: DeadLetterFilter;
  /** Whether to include messages that are neither dead letter nor event. @default false */
  readonly includeOther?: boolean;
  /** Epoch milliseconds. Leaves out messages that arrived then or later. @default - none */
  readonly before?: number;
  /** Most messages to receive. @default 10000 */
  readonly limit?: number;
  /** Called after each receive, with the number of messages seen so far and, if known, of those that are there. */
  readonly onSeen?: (seen: number, depth: number | undefined) => void;
  readonly signal: AbortSignal;
}

/** Concurrent receivers, and messages for each. SQS often returns fewer than ten messages of a small queue. */
const MOST_WORKERS = 10;
const MESSAGES_PER_WORKER = 15;
/** If nobody may count the queue. */
const USUAL_WORKERS = 4;
const DEFAULT_LIMIT = 10_000;

/**
 * Lists the messages that are in a queue, without removing any. Hides each message during the survey, so that it counts
 * once, and then makes all visible again. Waits for messages that other readers hold.
 */
export async function survey(ports: WalkPorts, options: SurveyOptions): Promise<Survey> {
  const { filter = {}, includeOther = false, before = Number.POSITIVE_INFINITY, signal } = options;
  const { limit = DEFAULT_LIMIT, onSeen = () => undefined } = options;
  const walk = new QueueWalk({ ...ports, before: options.before });
  const seen = new Set<string>();
  const found: SurveyedDeadLetter[] = [];
  let [others, newer] = [0, 0];
  const look = (message: QueueMessage): void => {
    walk.skip(message);
    // SQS may deliver a message to two workers.
    if (seen.has(message.id)) return;
    seen.add(message.id);
    const deadLetter = readDeadLetter(message.body);
    const isMeant = (includeOther && deadLetter.kind === 'other') || matches(deadLetter, message.sentAt, filter);
    if (message.sentAt >= before) return;
    if (isMeant) {
      found.push({ messageId: message.id, deadLetter, sentAt: message.sentAt });
      if (walk.isNewer(message)) newer++;
    } else if (deadLetter.kind !== 'other') others++;
  };
  const depth = await walk.begin();
  const runWorker = async (): Promise<void> => {
    while (seen.size < limit && !signal.aborted) {
      const messages = await walk.next(10);
      if (messages === undefined) return;
      messages.forEach(look);
      onSeen(seen.size, depth);
    }
  };
  try {
    await Promise.all(Array.from({ length: workersFor(depth) }, runWorker));
  } finally {
    await walk.close();
  }
  return {
    found: found.sort((a, b) => a.sentAt - b.sentAt),
    others,
    newer,
    isWhole: seen.size < limit && !signal.aborted && walk.isWhole,
    hidden: walk.hidden,
  };
}

function workersFor(depth = USUAL_WORKERS * MESSAGES_PER_WORKER): number {
  return Math.min(MOST_WORKERS, Math.max(1, Math.ceil(depth / MESSAGES_PER_WORKER)));
}
