import { AsyncLocalStorage } from 'node:async_hooks';
import { ofProcess } from '../../contract/of-process.ts';
import type { Attempted, ReportedStep } from '../../domain/report/report-detail.ts';

/** What undoes a step: the call, and the dependency that it goes to. */
export type StepUndo = Pick<ReportedStep, 'dependency' | 'operation'>;

/** A step that has begun. */
export interface BegunStep {
  readonly name: string;
  /** Whether the step is to be undone, if anything of it was done. */
  readonly hasUndo: boolean;
  /** Undefined if there is none, or if it needs a result that isn't there. */
  undo: StepUndo | undefined;
  /** Calls that may have had an effect, unless Backstop has them. The step itself, once it is done. */
  readonly effects: Set<unknown>;
  /** Digests of the calls that have a number, in the order of the numbers. */
  readonly calls: string[];
}

/** A step in its saga. */
export interface Place {
  readonly order: string;
  readonly step: BegunStep;
  /** The steps of the saga that have begun. */
  readonly steps: readonly BegunStep[];
  /** The step around the saga or the step. */
  readonly outer: Place | undefined;
}

/** A call in a step of a saga. */
export interface SagaCall {
  readonly order: string;
  /** The id of the call, if it has none of its own. The same call in the same step has the same id. */
  defaultId(): string;
  /** From now on, the call may have an effect, unless it is a read. */
  leaves(): void;
  /** The call had no effect, or Backstop has it. */
  isOver(): void;
  /** Whether anything may be done besides this call, and is to be undone. */
  isHalfDone(): boolean;
  /** What Backstop must undo if it gives the call up. */
  undo(): readonly ReportedStep[];
}

/** Where code is in a saga. What a saga knows of calls is a part of it, so that a function without one does without. */
interface Position extends Place {
  call(attempted: Attempted): SagaCall;
}

/** A saga of one copy of the package contains the calls of another one. */
export const position: AsyncLocalStorage<Position> = ofProcess('saga-position/1', () => new AsyncLocalStorage());
