import { iso } from '../../contract/time.ts';
import type { DeadLetterFilter } from '../../domain/redrive/dead-letter-filter.ts';

/** `held`: the circuit was open. `failed`: the redrive threw an error. Every state but `done` can be resumed. */
type RunState = 'running' | 'interrupted' | 'held' | 'failed' | 'done';

/** One redrive of a queue, as stored in the ledger. */
export interface RedriveRun {
  /** Name of the lane's dependency, or of a queue that is not a lane. */
  readonly lane: string;
  /** Id of the run. */
  readonly run: string;
  readonly by: string;
  readonly why: string;
  readonly filter: DeadLetterFilter;
  /** Messages a second. */
  readonly rate: number;
  /** Epoch milliseconds. Later messages are not moved, or failures that fail again would loop. */
  readonly startedAt: number;
  /** Messages that reached their target. */
  readonly moved: number;
  readonly state: RunState;
  /** End of the lease in epoch milliseconds. No other run of the queue may begin before. */
  readonly until: number;
}

/** Names the lease of a queue by who holds it. */
export interface LeaseHolder {
  readonly lane: string;
  /** Id of the run. */
  readonly run: string;
  /**
   * ARN of the operator who holds it. Nobody else renews, uses or ends it, even with the id of the run.
   * @default - Backstop itself
   */
  readonly principal?: string;
}

/** Who may redrive a queue. */
export interface RedriveLease extends LeaseHolder {
  readonly by: string;
}

/** Another redrive of the queue holds the lease. */
export class RedriveUnderWayError extends Error {
  override readonly name = 'RedriveUnderWayError';
  constructor({ lane, by, until }: Pick<RedriveRun, 'lane' | 'by' | 'until'>) {
    super(`${lane} is already being redriven by ${by}. Its lease ends at ${iso(until)}: try again then.`);
  }
}

export interface RedriveRuns {
  /** The latest run of the queue that began. */
  get(lane: string): Promise<RedriveRun | undefined>;
  /**
   * Takes the lease before anybody looks at the queue. It keeps the record of the latest run, which somebody may still
   * resume.
   *
   * @throws RedriveUnderWayError if another run holds the lease
   */
  claim(lease: RedriveLease): Promise<void>;
  /** Gives a claimed lease up. */
  release(lease: LeaseHolder): Promise<void>;
  /** Begins or resumes a run. @throws RedriveUnderWayError if another run holds the lease */
  begin(run: Omit<RedriveRun, 'state' | 'until'> & LeaseHolder): Promise<RedriveRun>;
  /** Renews the lease and records the progress of a run that began; false if another run has taken over. */
  renew(lease: LeaseHolder, moved?: number): Promise<boolean>;
  end(lease: LeaseHolder, state: Exclude<RunState, 'running'>, moved: number): Promise<void>;
}
