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

/** Another redrive of the queue holds the lease. */
export class RedriveUnderWayError extends Error {
  override readonly name = 'RedriveUnderWayError';
  readonly run: RedriveRun;
  constructor(run: RedriveRun) {
    super(`${run.lane} is already being redriven by ${run.by}. Its lease ends at ${iso(run.until)}: try again then.`);
    this.run = run;
  }
}

export interface RedriveRuns {
  get(lane: string): Promise<RedriveRun | undefined>;
  /** Begins or resumes a run. @throws RedriveUnderWayError if another run holds the lease */
  begin(run: Omit<RedriveRun, 'state' | 'until'>): Promise<RedriveRun>;
  /** Renews the lease and records the progress; false if another run has taken over. */
  renew(run: Pick<RedriveRun, 'lane' | 'run'>, moved: number): Promise<boolean>;
  end(run: Pick<RedriveRun, 'lane' | 'run'>, state: Exclude<RunState, 'running'>, moved: number): Promise<void>;
}
