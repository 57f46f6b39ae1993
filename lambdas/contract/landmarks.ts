/** Field of the state data in which a saga keeps what it knows of itself. */
export const SAGA_FIELD = 'backstopSaga';

export type SagaDirection = 'undo' | 'forward';

/** What an end of the execution at a state of the saga means. It is short, because a rule of EventBridge must hold them all. */
export interface Landmark {
  /** State to go on with where the execution ended inside this one; `null` where the saga has ended then. @default - this one */
  readonly at?: string | null;
  /** @default 'undo' */
  readonly direction?: SagaDirection;
  /** State to go on with where this one had been left with success; `null` where the saga has ended then. @default `at` */
  readonly left?: string | null;
  /** Of an undo: how to pass over it where the machine itself failed at it, as it would again. */
  readonly broken?: Detour;
}

/** The way around an undo: the state behind it, and under which key its state is noted, or those of its steps by their names. */
export interface Detour {
  readonly at: string;
  readonly key: string;
  readonly steps?: readonly string[];
}

/** What is noted of a step once the saga goes back, or is stuck. */
export type StepState = 'done' | 'result unknown' | 'not begun' | 'undone' | 'undo failed' | 'nothing to undo';

/** The states of a saga by their names, but for those with which it begins. */
export type Landmarks = Readonly<Record<string, Landmark>>;

/** What the rescuer is told of a saga when one of its executions has ended badly. */
export interface RescueRequest {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly saga: {
    /** Path of the construct, as humans find it. */
    readonly name: string;
    /** What an input must hold so that the saga goes on instead of beginning. */
    readonly key: string;
    /** Names of the states with which it begins. */
    readonly firstStates: readonly string[];
    readonly landmarks: Landmarks;
  };
}

/** What the input of an execution holds that goes on where another has stopped. */
export interface SagaMarker {
  readonly key: string;
  readonly at: string;
  readonly direction: SagaDirection;
  /** Name of the execution that began the saga. */
  readonly of: string;
  /** Executions started in its place so far. */
  readonly rescues: number;
}
