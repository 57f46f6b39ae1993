/** Field of the state data that holds the saga's own data. */
export const SAGA_FIELD = 'backstopSaga';

/** `forward`: the saga continues with its steps. `undo`: it rolls back. */
export type SagaDirection = 'undo' | 'forward';

/**
 * Where a saga resumes if its execution ends at a given state. All of them must fit into one EventBridge rule, so keep
 * names short.
 */
export interface ResumePoint {
  /**
   * State to resume at if the execution ended inside this state. `null`: the saga is complete. @default - this state
   */
  readonly at?: string | null;
  /** @default 'undo' */
  readonly direction?: SagaDirection;
  /** State to resume at if this state had succeeded. `null`: the saga is complete. @default `at` */
  readonly left?: string | null;
  /** For an undo: how to skip it if the machine itself failed in it, since it would fail again. */
  readonly broken?: UndoBypass;
}

/**
 * Skips an undo: the state that follows, the key that records the undo's state, and the names of its parallel steps.
 */
export interface UndoBypass {
  readonly at: string;
  readonly key: string;
  readonly steps?: readonly string[];
}

/** Recorded state of a step once the saga rolls back or is stuck. */
export type StepState = 'done' | 'result unknown' | 'not begun' | 'undone' | 'undo failed' | 'nothing to undo';

/** Resume points by state name, without the saga's first states. */
export type ResumePoints = Readonly<Record<string, ResumePoint>>;

/** Request to rescue a saga after one of its executions failed. */
export interface RescueRequest {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly saga: {
    /** Path of the construct, for humans. */
    readonly name: string;
    /** The input of an execution must hold this key to resume the saga instead of starting it. */
    readonly key: string;
    /** Names of the saga's first states. */
    readonly firstStates: readonly string[];
    readonly landmarks: ResumePoints;
  };
}

/** Input of an execution that resumes a stopped saga. */
export interface SagaResumption {
  readonly key: string;
  readonly at: string;
  readonly direction: SagaDirection;
  /** Name of the execution that started the saga. */
  readonly of: string;
  /** Executions started as replacements so far. */
  readonly rescues: number;
}
