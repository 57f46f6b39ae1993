import type { Definition } from './machine-definition.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One step of an execution. AWS bills each entry into a state and each retry as a transition. */
export interface ExecutionStep {
  readonly type: 'StateEntered' | 'StateRetried' | 'StateExited' | 'StateFailed' | 'StateCaught';
  readonly state: string;
  readonly at: Date;
  /** `Task`, `Pass` and so on. A Wait runs as a Task. */
  readonly stateType: string;
  /** State data at the entry. */
  readonly input: unknown;
  /** State data at the exit. */
  readonly output?: unknown;
}

export interface ExecutionRecord {
  readonly name: string;
  readonly arn: string;
  /** Logical id. */
  readonly machineId: string;
  readonly machineArn: string;
  /** JSON text. */
  readonly input: string;
  readonly status: ExecutionStatus;
  readonly startDate: Date;
  readonly stopDate?: Date;
  /** JSON text. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** Steps of a redrive follow the earlier ones. */
  readonly steps: readonly ExecutionStep[];
  /** Number of redrives. */
  readonly redriveCount: number;
  readonly redriveDate?: Date;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface Execution extends Mutable<Omit<ExecutionRecord, 'steps'>> {
  readonly steps: ExecutionStep[];
  /** The version that it runs. */
  readonly machine: Machine;
  /** Time of each redrive, by the request's client token. */
  readonly redrives: Map<string, Date>;
  /** Aborts the execution. */
  abort(): void;
}

export interface Machine {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly roleArn: unknown;
  readonly definition: Definition;
}
