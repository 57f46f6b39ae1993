import { Stack } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  Errors,
  type INextable,
  type State,
  StateMachineFragment,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { type ResumePoints, SAGA_FIELD } from '../../lambdas/contract/resume-points.ts';
import { ConfigError } from '../config/config-mistakes.ts';
import { FORWARD } from '../parts/retry-policies.ts';
import { SagaBackward } from './saga-backward.ts';
import { SagaEnds } from './saga-ends.ts';
import { SagaMap } from './saga-map.ts';
import { nameMistakes, sagaMistakes } from './saga-mistakes.ts';
import { sagaPart, withRetry } from './saga-part.ts';
import type { SagaProps, SagaState } from './saga-steps.ts';

/**
 * Steps that are carried out all, or else undone.
 *
 * Where a step fails, it is undone itself, since its result may be unknown, then the steps before it, in reverse order. An undo that
 * fails does not stop the others. Then the saga fails with the error of the step, or as `SagaUndoFailed` where something is left, so
 * that it can be caught from outside, best by a {@link TryCatchFinally}. Behind the pivot it only goes forward, and fails as
 * `SagaStuck` where that is not possible.
 *
 * An execution that is stopped by hand, or times out, is past all catching: {@link ResiliencePipeline.rescue} goes on in another.
 *
 * Costs one transition beside those of the actions, and one for each group of steps side by side. Its input must be an object, in which the field
 * `backstopSaga` is its own. For state machines in JSONPath.
 *
 * @example
 * new Saga(this, 'Order', {
 *   steps: [
 *     { name: 'Reserve', action: reserve, undo: release },
 *     { name: 'Charge', action: charge, undo: refund },
 *     { name: 'Ship', action: ship, undo: recall, pivot: true },
 *     { name: 'Notify', action: notify },
 *   ],
 *   escalations: pipeline.escalations,
 * });
 */
export class Saga extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];
  /** Names of the states with which it begins, whichever way it then takes. */
  readonly firstStates: readonly string[];
  /** Where the saga stands while an execution is in one of its other states. */
  readonly landmarks: ResumePoints;
  /**
   * What the input must hold so that the saga goes on where another execution has stopped: nobody outside of the account knows it,
   * so that input from there can't make it skip a step.
   */
  readonly key: string;

  constructor(scope: Construct, id: string, props: SagaProps) {
    super(scope, id);
    ConfigError.throwIfAny(sagaMistakes(props));
    this.key = Stack.of(this).stackId;
    const parts = props.steps.map((step) => sagaPart(this, step));
    const pivot = parts.findIndex(({ isPivot }) => isPivot);
    const forwardFrom = pivot < 0 ? parts.length : pivot + 1;
    const map = new SagaMap();
    const ends = new SagaEnds(this, { parts, map, escalations: props.escalations });
    const { entries } = new SagaBackward(this, parts.slice(0, forwardFrom), { ends, map });

    for (const [index, part] of parts.entries()) {
      const { state } = part;
      const next = parts[index + 1]?.state;
      const left = next?.stateId ?? null;
      const entry = entries[index];
      if (entry) {
        map.put(state, { at: entry.stateId, ...((part.isPivot || !next) && { left }) });
        this.catchAll(state, entry);
      } else {
        map.target(state, { direction: 'forward', left });
        this.catchAll(withRetry(state, FORWARD), ends.stuckAt(part));
      }
      if (next) state.next(next);
    }
    this.landmarks = map.landmarks;
    const where = this.whereToGoOn(map.targets, ends.unknownState());
    this.startState = this.beginOrGoOn(parts[0]?.state ?? where, where);
    this.firstStates = [this.startState.stateId, where.stateId];
    this.endStates = parts.at(-1)?.state.endStates ?? [];
    ConfigError.throwIfAny(nameMistakes(this));
  }

  /** Changes nothing: the names of its states begin with its id as it is, and by them a rescue finds where it stood. */
  override prefixStates(): this {
    return this;
  }

  private catchAll(state: SagaState, handler: State): void {
    state.addCatch(handler, { errors: [Errors.ALL], resultPath: `$.${SAGA_FIELD}.error` });
  }

  /** An execution that goes on in place of another says so by its input. */
  private beginOrGoOn(first: State, where: State): State {
    const path = `$.${SAGA_FIELD}.key`;
    const goesOn = Condition.and(Condition.isPresent(path), Condition.stringEquals(path, this.key));
    const begin = new Choice(this, 'Begin', { stateName: `${this.id}: begin or go on?` });
    begin.when(goesOn, where).otherwise(first);
    return begin;
  }

  private whereToGoOn(targets: readonly State[], nowhere: State): State {
    const where = new Choice(this, 'Where', { stateName: `${this.id}: where to go on?` });
    for (const state of targets) where.when(Condition.stringEquals(`$.${SAGA_FIELD}.at`, state.stateId), state);
    where.otherwise(nowhere);
    return where;
  }
}
