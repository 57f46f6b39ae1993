import {
  Errors,
  Fail,
  type IChainable,
  type INextable,
  JsonPath,
  Parallel,
  State,
  StateMachineFragment,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface TryCatchFinallyProps {
  /** What to try. Its input is the input of the fragment. A `Succeed` state ends the block, not the execution. */
  readonly tryBlock: IChainable;

  /**
   * What to do where the try block failed. Its input is the input of the fragment with the error as
   * `$.error`: `{ Error, Cause }`. What the try block added to the state data is lost.
   */
  readonly catchBlock: IChainable;

  /**
   * What to do in any case. Called twice, because a state has one successor and the two ways out of the fragment differ;
   * both calls must build the same states, in the scope that they are given. The input is
   *
   * - after success, the output of the try block
   * - after a caught failure, the output of the catch block
   * - after a failure inside the catch block, the input of the catch block with that failure as `$.catchError`;
   *   here the output is dropped
   */
  readonly finallyBlock: (scope: Construct) => IChainable;
}

/**
 * Try, catch and finally as blocks of states.
 *
 * After success and after a caught failure the finally block runs and whatever is chained next goes on with its output.
 * After a failure inside the catch block the finally block runs as well, and the execution fails with the error of the
 * catch block. Where the finally block fails, the execution fails with that error.
 *
 * A success costs one transition beside those of the blocks, a caught failure two. `States.Runtime` (a path that is not
 * there) and `States.DataLimitExceeded` (more than 256 KiB of state data) are caught by no state machine, nor is the end of
 * an execution by timeout or abort: then no finally block runs, and the remedy must stand outside the machine.
 *
 * @example
 * new TryCatchFinally(this, 'Order', {
 *   tryBlock: reserve.next(pay),
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
    // A block of its own, so that nothing that the copy does to the state data can lose the error.
    return new Parallel(this, 'FailedCatch', { stateName: `${this.id}: catch failed`, resultPath: JsonPath.DISCARD })
      .branch(copy)
      .next(
        new Fail(this, 'Failed', {
          stateName: `${this.id}: failed`,
          errorPath: '$.catchError.Error',
          causePath: '$.catchError.Cause',
        }),
      );
  }
}

/** A block in one state that can be caught as a whole. Its output is that of the block. */
function block(fragment: StateMachineFragment, id: string, content: IChainable): Parallel {
  const stateName = `${fragment.id}: ${id.toLowerCase()}`;
  return new Parallel(fragment, id, { stateName, outputPath: '$[0]' }).branch(content);
}
