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
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';
import { FORWARD } from '../parts/retry-policies.ts';
import { linkStacks } from '../parts/stack-links.ts';
import { SagaBackward } from './saga-backward.ts';
import { SagaEnds } from './saga-ends.ts';
import { SagaMap } from './saga-map.ts';
import { sagaPart, withRetry } from './saga-part.ts';
import type { SagaProps, SagaState } from './saga-steps.ts';
import { validateSaga, validateStateNames } from './validate-saga.ts';

/**
 * A sequence of steps in your state machine that succeeds as a whole, or is undone as a whole.
 *
 * When a step fails, the saga undoes that step too, since its result may be unknown. Then it undoes the steps before
 * it, in reverse order. A failed undo stops no other. Then the saga fails with the error of the step, or as
 * `SagaUndoFailed` when something is left. Catch that from outside, best by a {@link TryCatchFinally}. Behind the pivot
 * the saga only goes forward, and fails as `SagaStuck` when it can't.
 *
 * No catch runs when an execution is stopped by hand or times out: {@link ResiliencePipeline.rescue} finishes the saga
 * in another execution.
 *
 * A saga costs one transition in addition to those of its actions, and one for each group of parallel steps. It needs a
 * state machine in JSONPath. Its input must be an object; the field `backstopSaga` belongs to the saga.
 *
 * @example
 * declare const reserve: SagaState;
 * declare const release: SagaState;
 * declare const charge: SagaState;
 * declare const refund: SagaState;
 * declare const ship: SagaState;
 * declare const notify: SagaState;
 * new Saga(stack, 'Order', {
 *   steps: [
 *     { name: 'Reserve', action: reserve, undo: release },
 *     { name: 'Charge', action: charge, undo: refund },
 *     { name: 'Ship', action: ship, pivot: true },
 *     { name: 'Notify', action: notify },
 *   ],
 *   escalations: pipeline.escalations,
 * });
 */
export class Saga extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];
  /** @internal Names of the possible first states. */
  readonly firstStates: readonly string[];
  /** @internal Where the saga stands, by the state in which an execution stopped. */
  readonly landmarks: ResumePoints;
  /**
   * @internal The secret that an input needs to resume the saga after another execution stopped. Nobody outside of the
   * account knows it. Without it, an input can't skip a step.
   */
  readonly key: string;

  /** @throws ConfigError that names every mistake in the steps */
  constructor(scope: Construct, id: string, props: SagaProps) {
    super(scope, id);
    ConfigError.throwIfAny(validateSaga(props));
    if (props.escalations) linkStacks(this, props.escalations, `escalations of saga ${shown(this.node.path)}`);
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
        map.put(state, { at: entry.stateId, left: part.isPivot || !next ? left : undefined });
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
    ConfigError.throwIfAny(validateStateNames(this));
  }

  /** Keeps the names of the states, which begin with the saga's id. A rescue finds the resume point by them. */
  override prefixStates(): this {
    return this;
  }

  private catchAll(state: SagaState, handler: State): void {
    state.addCatch(handler, { errors: [Errors.ALL], resultPath: `$.${SAGA_FIELD}.error` });
  }

  /** Chooses between the first step and the resume point, by the execution's input. */
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
