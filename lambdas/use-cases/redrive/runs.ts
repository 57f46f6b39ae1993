import type { DeadLetterFilter } from '../../domain/redrive/dead-letter-filter.ts';

/** `held`: the circuit lets no call pass. `failed`: something threw. Anything but `done` can be gone on with. */
export type RunState = 'running' | 'interrupted' | 'held' | 'failed' | 'done';

/** One redrive of a queue, as the ledger keeps it. */
export interface RedriveRun {
  /** Name of the lane's dependency, or of another queue. */
  readonly lane: string;
  /** Tells one run from another. */
  readonly run: string;
  readonly by: string;
  readonly why: string;
  readonly filter: DeadLetterFilter;
  /** Messages a second. */
  readonly rate: number;
  /** Epoch milliseconds: what came into the queue later is not touched, or what fails again would go round. */
  readonly startedAt: number;
  /** Messages that have reached their target. */
  readonly moved: number;
  readonly state: RunState;
  /** Epoch milliseconds until which nobody else may begin one. */
  readonly until: number;
}

/** Somebody redrives the queue already. */
export class RedriveUnderWayError extends Error {
  override readonly name = 'RedriveUnderWayError';
  readonly run: RedriveRun;
  constructor(run: RedriveRun) {
    super(
      `${run.lane} is being redriven by ${run.by}, and may be for as long as until ${new Date(run.until).toISOString()}`,
    );
    this.run = run;
  }
}

export interface RedriveRuns {
  get(lane: string): Promise<RedriveRun | undefined>;
  /** Begins a run, or goes on with one. @throws RedriveUnderWayError where another one is under way */
  begin(run: Omit<RedriveRun, 'state' | 'until'>): Promise<RedriveRun>;
  /** Says how far it is; false where the run was given up for dead, and another has begun. */
  renew(run: Pick<RedriveRun, 'lane' | 'run'>, moved: number): Promise<boolean>;
  end(run: Pick<RedriveRun, 'lane' | 'run'>, state: Exclude<RunState, 'running'>, moved: number): Promise<void>;
}
