import {
  Errors,
  type IChainable,
  type INextable,
  JsonPath,
  Parallel,
  State,
  StateMachineFragment,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { failAgain } from '../parts/fail-again.ts';

/**
 * The props of a {@link TryCatchFinally}.
 *
 * @example
 * import { type IChainable, Pass } from 'aws-cdk-lib/aws-stepfunctions';
 * declare const order: IChainable;
 * declare const cancel: IChainable;
 * const props: TryCatchFinallyProps = {
 *   tryBlock: order,
 *   catchBlock: cancel,
 *   finallyBlock: (scope) => new Pass(scope, 'Close the order'),
 * };
 * new TryCatchFinally(stack, 'Order', props);
 */
export interface TryCatchFinallyProps {
  /**
   * The states to try. Their input is the input of the fragment. A `Succeed` state ends the block, not the execution.
   */
  readonly tryBlock: IChainable;

  /**
   * The states that run when the try block fails. Their input is the input of the fragment with the error as `$.error`:
   * `{ Error, Cause }`, or `{ Error }` if it has no cause. What the try block added to the state data is lost.
   */
  readonly catchBlock: IChainable;

  /**
   * Builds the states that run in any case. The fragment calls it twice, because a state has one successor and the
   * fragment has two ways out. Both calls must build the same states, in the given scope. The input of the states is
   *
   * - after success, the output of the try block
   * - after a caught failure, the output of the catch block
   * - after a failure inside the catch block, the input of the catch block with that failure as `$.catchError`;
   *   here the output is dropped
   */
  readonly finallyBlock: (scope: Construct) => IChainable;
}

/**
 * Try, catch and finally as blocks of states, for any state machine.
 *
 * After success and after a caught failure, the finally block runs, and the next state gets its output. After a failure
 * inside the catch block, the finally block runs as well; then the execution fails with the error of the catch block.
 * If the finally block fails, the execution fails with that error.
 *
 * A success costs one transition in addition to those of the blocks, a caught failure two. No state machine can catch
 * `States.Runtime` (a missing path) or `States.DataLimitExceeded` (more than 256 KiB of state data). The same holds for
 * the end of an execution by timeout or abort. Then no finally block runs: {@link ResiliencePipeline.rescue} finishes a
 * saga from outside.
 *
 * @example
 * import { type IChainable, Pass } from 'aws-cdk-lib/aws-stepfunctions';
 * declare const order: IChainable;
 * declare const cancel: IChainable;
 * declare const archive: IChainable;
 * new TryCatchFinally(stack, 'Order', {
 *   tryBlock: order,
 *   catchBlock: cancel,
 *   finallyBlock: (scope) => new Pass(scope, 'Tell the customer'),
 * }).next(archive);
 */
export class TryCatchFinally extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];

  constructor(scope: Construct, id: string, { tryBlock, catchBlock, finallyBlock }: TryCatchFinallyProps) {
    super(scope, id);
    const finallyStates = finallyBlock(new Construct(this, 'Finally'));
    const tryState = block(this, 'Try', tryBlock);
    const catchState = block(this, 'Catch', catchBlock);

    tryState.addCatch(catchState, { errors: [Errors.ALL], resultPath: '$.error' });
    tryState.next(finallyStates);
    catchState.addCatch(this.afterFailedCatch(finallyBlock), { errors: [Errors.ALL], resultPath: '$.catchError' });
    catchState.next(finallyStates);

    this.startState = tryState;
    this.endStates = finallyStates.endStates;
  }

  private afterFailedCatch(finallyBlock: TryCatchFinallyProps['finallyBlock']): IChainable {
    const scope = new Construct(this, 'FinallyAfterFailedCatch');
    const copy = finallyBlock(scope);
    State.prefixStates(scope, 'After a failed catch: ');
    // A separate block, so that changes to the state data inside it can't lose the error.
    return new Parallel(this, 'FailedCatch', { stateName: `${this.id}: catch failed`, resultPath: JsonPath.DISCARD })
      .branch(copy)
      .next(failAgain(this, { errorPath: '$.catchError', stateName: `${this.id}: failed` }).start);
  }
}

/** Puts a block into one state that a single catch covers. Its output is the block's output. */
function block(fragment: StateMachineFragment, id: string, content: IChainable): Parallel {
  const stateName = `${fragment.id}: ${id.toLowerCase()}`;
  return new Parallel(fragment, id, { stateName, outputPath: '$[0]' }).branch(content);
}
