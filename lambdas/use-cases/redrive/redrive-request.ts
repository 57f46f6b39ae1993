import type { CircuitSubject } from '../../domain/circuit/circuit-key.ts';
import type { DeadLetterFilter } from '../../domain/redrive/dead-letter-filter.ts';
import type { Gate } from './circuit-gate.ts';
import type { WalkPorts } from './queue-walk.ts';
import type { TargetQueue } from './queues.ts';

/** How a redrive ended. `lost`: another run took over after the lease of this one expired. */
export type RedriveEnd = 'done' | 'interrupted' | 'held' | 'lost';

export interface Redriven {
  readonly end: RedriveEnd;
  /** Messages that reached their target, including those of earlier parts of the run. */
  readonly moved: number;
  /** Messages that do not match the filter and were not moved. */
  readonly left: number;
  /** Messages that arrived during the redrive and were not moved. */
  readonly newer: number;
  /** Messages that are neither dead letter nor event and were not moved. */
  readonly unreadable: number;
  /** Ids of planned messages that did not reach their target. */
  readonly missing: readonly string[];
  /** Messages that another reader held until the end, so that nobody knows whether they match. Approximate. */
  readonly hidden: number;
  /** Whether the redrive, or the survey before it, saw all messages. */
  readonly isWhole: boolean;
  /** When the circuit may admit calls again, in epoch milliseconds, if it stopped the redrive. */
  readonly heldUntil?: number;
}

export type Progress =
  | { readonly kind: 'moved'; readonly moved: number; readonly rate: number }
  /** The circuit admits no call before `until`, in epoch milliseconds. */
  | { readonly kind: 'held'; readonly until: number; readonly subject: CircuitSubject };

export interface RedriveRequest {
  readonly filter: DeadLetterFilter;
  /** Epoch milliseconds. Messages that arrived then or later are not moved. */
  readonly startedAt: number;
  /** Messages a second, 0.1 to 500. */
  readonly rate: number;
  /** Milliseconds until the ramping rate doubles. @default 3000 */
  readonly doublesEveryMs?: number;
  /** Messages that earlier parts of the run moved. @default 0 */
  readonly moved?: number;
  /** Whether to wait or to end while the circuit admits no call. */
  readonly whenHeld: 'wait' | 'end';
  /** Whether to move messages that are neither dead letter nor event too. @default false */
  readonly includeOther?: boolean;
  /** What a survey found. @default - nothing; the redrive walks the queue to its end */
  readonly planned?: Plan;
}

/** The messages to move. */
export interface Plan {
  readonly messageIds: ReadonlySet<string>;
  /** Number of dead letters and events that stay, because they do not match. */
  readonly others: number;
  /** Whether the survey saw all messages. Then the redrive ends once it has handled each of these. */
  readonly isWhole: boolean;
}

export interface RedrivePorts extends Omit<WalkPorts, 'patienceMs' | 'before'> {
  /** How long to wait for messages that other readers hold, in milliseconds. @default 310000 */
  readonly patienceMs?: number;
  readonly target: TargetQueue;
  /** Absent if the target has no dependency. */
  readonly gate?: Gate;
  /** Dependency of the lane, for messages that name none. */
  readonly dependency?: string;
  /** Renews the lease and records the progress; false if another run has taken over. */
  readonly renew: (moved: number) => Promise<boolean>;
  /** Interrupts the redrive between two messages. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}
