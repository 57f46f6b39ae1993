/** A message in hand. */
export interface QueueMessage {
  readonly id: string;
  /** By which it is deleted or let go; another one each time that the message is received. */
  readonly receipt: string;
  readonly body: string;
  /** When it came into the queue, in epoch milliseconds. */
  readonly sentAt: number;
  readonly attributes?: Record<string, MessageAttribute>;
}

/** An attribute of a message, as SQS has it. */
export interface MessageAttribute {
  readonly DataType: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

/** Where letters are taken from. */
export interface DeadLetterQueue {
  /** Takes at most so many messages, 1 to 10, and hides them for {@link HIDDEN_MS}, or for as long as the queue was told. */
  receive(most: number): Promise<readonly QueueMessage[]>;
  /** Lets messages be seen again, after a while. One that can't be let go is seen again by itself. */
  release(messages: readonly QueueMessage[], afterMs?: number): Promise<void>;
  /** Ids of those that are deleted. */
  remove(messages: readonly QueueMessage[]): Promise<ReadonlySet<string>>;
}

/** Where letters go. */
export interface TargetQueue {
  /** Ids of those that the queue has taken. @throws Error where it may have taken none */
  send(messages: readonly QueueMessage[]): Promise<ReadonlySet<string>>;
  /** Whether what it does not take is left where it is, and not tried again. @default false */
  readonly isSelective?: boolean;
}

/** How long a message stays hidden that is in hand. After a crash it is seen again by then. */
export const HIDDEN_MS = 300_000;
