import type { Clock } from '../../contract/time.ts';
import type { EventContext } from './apply-event.ts';

/** Context that all breakers of a dependency share. */
export interface BreakerContext extends EventContext {
  readonly now: Clock;
  /** Time of the current event-loop turn, in epoch milliseconds; cheaper to read than `now`. @default now */
  readonly turnNow?: () => number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly newToken: () => string;
  /** Whether an error that a call throws counts against the dependency. */
  readonly isFailure: (error: unknown) => boolean;
}
