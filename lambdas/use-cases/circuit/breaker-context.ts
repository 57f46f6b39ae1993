import type { EventContext } from './apply-event.ts';

/** What all breakers of a dependency share. */
export interface BreakerContext extends EventContext {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The time of the current turn of the event loop, which costs less to know. @default now */
  readonly turnNow?: () => number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly newToken: () => string;
  /** Whether an error that a call ends with is the dependency's fault. */
  readonly isFailure: (error: unknown) => boolean;
}
