import type { Definition } from './machine-definition.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One step of an execution. Those that enter and those that retry a state are its billed transitions. */
export interface ExecutionStep {
  readonly type: 'StateEntered' | 'StateRetried' | 'StateExited' | 'StateFailed' | 'StateCaught';
  readonly state: string;
  readonly at: Date;
  /** `Task`, `Pass` and so on; a Wait is run as a Task. */
  readonly stateType: string;
  /** State data that it was entered with. */
  readonly input: unknown;
  /** State data that it was left with. */
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
  /** Those of a redrive come after those before it. */
  readonly steps: readonly ExecutionStep[];
  /** How often it was redriven. */
  readonly redriveCount: number;
  readonly redriveDate?: Date;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface Execution extends Mutable<Omit<ExecutionRecord, 'steps'>> {
  readonly steps: ExecutionStep[];
  /** When it was redriven by a request with that token. */
  readonly redrives: Map<string, Date>;
  /** Ends it as aborted. */
  abort(): void;
}

export interface Machine {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly roleArn: unknown;
  readonly definition: Definition;
}
