import {
  Choice,
  Condition,
  Errors,
  type IChainable,
  JsonPath,
  Parallel,
  Pass,
  type State,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { SAGA_FIELD, type StepState } from '../../lambdas/contract/resume-points.ts';
import { UNDO } from '../parts/retry-policies.ts';
import type { SagaEnds } from './saga-ends.ts';
import type { SagaMap } from './saga-map.ts';
import { notePath, type SagaPart, withRetry } from './saga-part.ts';

/** A step that can be undone. */
type Undoable = Required<SagaPart['steps'][number]>;

const CAUGHT = `$.${SAGA_FIELD}.caught`;

/** The way back: the undos in reverse order. A failed undo doesn't stop the next. */
export class SagaBackward extends Construct {
  /** The state after the failure of each part, in the order of the parts. */
  readonly entries: readonly State[];
  private readonly saga: Construct;
  private readonly map: SagaMap;

  constructor(saga: Construct, parts: readonly SagaPart[], { ends, map }: { ends: SagaEnds; map: SagaMap }) {
    super(saga, 'Backward');
    this.saga = saga;
    this.map = map;
    let back = this.end(parts, ends);
    this.entries = parts.map((part) => {
      back = this.undo(part, back);
      const entry = ends.failedAt(part);
      entry.next(back);
      return entry;
    });
  }

  private end(parts: readonly SagaPart[], ends: SagaEnds): State {
    const failed = parts.flatMap((part) =>
      part.steps
        .filter(({ undo }) => undo)
        .map(({ name }) => {
          const path = `${notePath(part)}${part.isParallel ? `.${name}` : ''}.state`;
          return Condition.stringEquals(path, 'undo failed' satisfies StepState);
        }),
    );
    if (failed.length === 0) return ends.undone;
    const isAllUndone = new Choice(this, 'IsAllUndone', { stateName: `${this.saga.node.id}: is all undone?` });
    this.map.target(isAllUndone);
    for (const condition of failed) isAllUndone.when(condition, ends.undoFailed);
    isAllUndone.otherwise(ends.undone);
    return isAllUndone;
  }

  /** @returns the state that undoes the part, or `next` if the part has nothing to undo */
  private undo(part: SagaPart, next: State): State {
    const undoable = part.steps.filter((step): step is Undoable => step.undo !== undefined);
    const [only] = undoable;
    if (!only) return next;
    const undo = part.isParallel ? this.undoSideBySide(part, undoable) : this.undoOne(part, only, next);
    undo.next(next);
    const broken = {
      at: next.stateId,
      key: part.key,
      steps: part.isParallel ? undoable.map(({ name }) => name) : undefined,
    };
    this.map.target(undo, { broken });
    return undo;
  }

  private undoOne(part: SagaPart, step: Undoable, next: State): Parallel {
    const noted = this.noteFailure(step, notePath(part));
    this.map.target(noted);
    noted.next(next);
    return this.caught(step, noted, notePath(part));
  }

  /** Runs each undo in a branch that never fails, so that none stops the others. */
  private undoSideBySide(part: SagaPart, undoable: readonly Undoable[]): Parallel {
    const notes = part.steps.map((step) => {
      const index = undoable.findIndex(({ name }) => name === step.name);
      const nothing = { state: 'nothing to undo' satisfies StepState };
      return [step.name, index < 0 ? nothing : JsonPath.objectAt(`$[${index}]`)] as const;
    });
    return new Parallel(this, part.key, {
      stateName: `${this.saga.node.id}: undo ${part.label}`,
      resultSelector: Object.fromEntries(notes),
      resultPath: notePath(part),
    }).branch(...undoable.map((step) => this.caught(step, this.noteFailure(step))));
  }

  /** Puts one undo into a block whose only output is its note. */
  private caught({ name, undo }: Undoable, handler: IChainable, resultPath?: string): Parallel {
    return new Parallel(this, name, {
      stateName: `${this.saga.node.id}: undo ${name}`,
      resultSelector: { state: 'undone' satisfies StepState },
      resultPath,
    })
      .branch(withRetry(undo, UNDO))
      .addCatch(handler, { errors: [Errors.ALL], resultPath: CAUGHT });
  }

  private noteFailure({ name }: Undoable, resultPath?: string): Pass {
    return new Pass(this, `${name}NotUndone`, {
      stateName: `${this.saga.node.id}: undo of ${name} failed`,
      parameters: { state: 'undo failed' satisfies StepState, error: JsonPath.stringAt(`${CAUGHT}.Error`) },
      resultPath,
    });
  }
}
