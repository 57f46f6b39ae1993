/** A received message. */
export interface QueueMessage {
  readonly id: string;
  /** Receipt handle for deleting or releasing the message; each receive gives a new one. */
  readonly receipt: string;
  readonly body: string;
  /** When the queue received the message, in epoch milliseconds. */
  readonly sentAt: number;
  readonly attributes?: Record<string, MessageAttribute>;
}

/** A message attribute of SQS. */
interface MessageAttribute {
  readonly DataType: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

/** Messages in a queue, as SQS counts them: approximately. */
export interface QueueDepth {
  /** Visible messages. */
  readonly waiting: number;
  /** Received, hidden or delayed messages. */
  readonly inFlight: number;
}

/** The source of a redrive. */
export interface DeadLetterQueue {
  /** How long a received message stays hidden, in milliseconds. */
  readonly hiddenMs: number;
  /** Receives 1 to 10 messages at most and hides them. */
  receive(limit: number): Promise<readonly QueueMessage[]>;
  /** Makes messages visible again after `afterMs`. If that fails for one, it becomes visible by itself later. */
  release(messages: readonly QueueMessage[], afterMs?: number): Promise<void>;
  /** Deletes messages. Returns the ids of those that were deleted. */
  remove(messages: readonly QueueMessage[]): Promise<ReadonlySet<string>>;
  /** Number of messages. Undefined if the caller must not count the queue. */
  depth(): Promise<QueueDepth | undefined>;
}

/** The target of a redrive. */
export interface TargetQueue {
  /** Sends messages. Returns the ids of those that were accepted. @throws Error if a request failed before any was */
  send(messages: readonly QueueMessage[]): Promise<ReadonlySet<string>>;
  /** Whether a message that the target does not accept stays in the source and is not retried. @default false */
  readonly isSelective?: boolean;
}

/** How long a redrive hides a message. After a crash it becomes visible again by then. */
export const HIDDEN_MS = 300_000;
/** After this time without a new message, no reader of Backstop still hides one that it received before. */
export const PATIENCE_MS = HIDDEN_MS + 10_000;
