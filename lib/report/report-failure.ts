import {
  Choice,
  Condition,
  Errors,
  type INextable,
  JsonPath,
  type State,
  type StateGraph,
  StateMachineFragment,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { CIRCUIT_OPEN } from '../../lambdas/contract/circuit-open.ts';
import { OPERATION_FAILED } from '../../lambdas/contract/events.ts';
import type { Method } from '../../lambdas/contract/methods.ts';
import { shown } from '../config/values.ts';
import { linkStacks } from '../parts/stack-links.ts';
import { type Origins, originsOf } from './report-origins.ts';
import type { Reporters } from './reporters.ts';
import { ReportingState } from './reporting-state.ts';

/** A call to a dependency. Values may be paths into the state data, such as `JsonPath.stringAt('$.order')`. */
interface OperationOfState {
  /** @default 'POST' */
  readonly method?: Method;
  /** @default '/' */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string, or an object. `JsonPath.objectAt('$.charge')` takes it from the state data. */
  readonly body?: unknown;
  readonly resourceId?: string;
}

/**
 * The props of a {@link ReportFailure}.
 *
 * @example
 * import { JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
 * const props: ReportFailureProps = {
 *   reports: pipeline.reports,
 *   dependency: 'payments',
 *   failureId: JsonPath.format('{}-charge', JsonPath.stringAt('$.order')),
 *   operation: { path: '/charges', body: { order: JsonPath.stringAt('$.order') } },
 * };
 * new ReportFailure(stack, 'Report', props);
 */
export interface ReportFailureProps {
  /** Where the report goes: {@link ResiliencePipeline.reports}. */
  readonly reports: Reporters;

  /** Name of a dependency that the config registers. */
  readonly dependency: string;

  /** Id of the failure, from the state data: the same failure must have the same id. */
  readonly failureId: string;

  /** The call to repeat. Give an `idempotency-key` header, if the state used one. */
  readonly operation: OperationOfState;

  /** Id of the request that the failure belongs to. @default - `failureId` */
  readonly correlationId?: string;

  /** Completed steps in their order, each with the call that undoes it. @default - none */
  readonly undo?: readonly {
    readonly name: string;
    readonly dependency: string;
    readonly operation: OperationOfState;
  }[];

  /**
   * Path of the error: the `resultPath` of your `addCatch`. Where the state data has none, the report says that the
   * error is not known. In `whenOpen` of the dependency's {@link CircuitGuard}, it says that the circuit is open.
   * @default '$.error'
   */
  readonly errorPath?: string;
}

/**
 * Reports the failure of a state to Backstop, without a function in between. Give it to `addCatch`, with the error in
 * the state data, or to `whenOpen` of a {@link CircuitGuard}. Its output is its input, so the machine may continue.
 *
 * By a Retry or a way back, the machine may have tried the call several times. The report says so, because the last
 * error doesn't prove that the tries before had no effect. It needs a state machine in JSONPath.
 *
 * While the bus takes no event, the report goes to the queue of {@link ResiliencePipeline.reportsFrom}.
 *
 * @example
 * import { CustomState, JsonPath } from 'aws-cdk-lib/aws-stepfunctions';
 * declare const charge: CustomState;
 * const report = new ReportFailure(stack, 'Report', {
 *   reports: pipeline.reports,
 *   dependency: 'payments',
 *   failureId: JsonPath.stringAt('$.id'),
 *   operation: { path: '/charges', body: JsonPath.objectAt('$.charge') },
 * });
 * charge.addCatch(report, { resultPath: '$.error' });
 */
export class ReportFailure extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];
  private readonly own = new Set<State>();
  private readonly props: ReportFailureProps;

  /** @throws ConfigError if the config has no such dependency; at synth, if the machine is in JSONata */
  constructor(scope: Construct, id: string, props: ReportFailureProps) {
    super(scope, id);
    this.props = props;
    linkStacks(this, props.reports, `ReportFailure ${shown(this.node.path)}`);
    const { errorPath = '$.error' } = props;
    const put = this.put('', ({ isRetried }) => thrown(errorPath, isRetried));
    const putWithoutError = this.put(' without an error', ({ isCircuitOpen }) =>
      isCircuitOpen ? CIRCUIT_OPEN : { name: 'UnknownError', message: `the state data has no error at ${errorPath}` },
    );
    this.startState = new Choice(this, `${id}: is there an error?`)
      .when(Condition.isPresent(`${errorPath}.Error`), put)
      .otherwise(putWithoutError);
    this.endStates = [...this.own].filter((state) => state instanceof ReportingState);
    this.own.add(this.startState);
  }

  /** The states that put the event on the bus, or into the queue while the bus takes none. */
  private put(how: string, errorOf: (origins: Origins) => object): ReportingState {
    const { reports, dependency } = this.props;
    const way = reports.wayOf(dependency);
    const detail = (graph: StateGraph) => detailOf(this.props, errorOf(this.origins(graph)));
    const put = new ReportingState(this, `${this.id}: put it on the bus${how}`, way, 'events:putEvents', (graph) => ({
      Entries: [
        {
          EventBusName: way.bus.eventBusArn,
          Source: way.source,
          DetailType: OPERATION_FAILED,
          Detail: detail(graph),
        },
      ],
    }));
    const keep = new ReportingState(
      this,
      `${this.id}: keep it in the queue${how}`,
      way,
      'sqs:sendMessage',
      (graph) => ({ QueueUrl: way.queue.queueUrl, MessageBody: detail(graph) }),
    );
    put.addCatch(keep, { errors: [Errors.ALL], resultPath: '$.unreported' });
    this.own.add(put).add(keep);
    return put;
  }

  private origins({ startState }: StateGraph): Origins {
    const { dependency, errorPath = '$.error' } = this.props;
    return originsOf({ first: this.startState, own: this.own, dependency, errorPath }, startState);
  }
}

/** The error that the machine caught. Its cause may be absent, so no path names it. */
function thrown(errorPath: string, isRetried: boolean): object {
  const error = JsonPath.objectAt(errorPath);
  return isRetried ? { attempts: 2, cause: error } : error;
}

/** The detail of the event, with paths for what only the state data has. */
function detailOf(
  { dependency, failureId, correlationId = failureId, operation, undo }: ReportFailureProps,
  error: object,
) {
  return {
    version: 1,
    id: failureId,
    correlationId,
    dependency,
    occurredAt: JsonPath.stringAt('$$.State.EnteredTime'),
    operation: { method: 'POST', path: '/', ...operation },
    error,
    ...(undo && {
      undo: undo.map((step) => ({ ...step, operation: { method: 'POST', path: '/', ...step.operation } })),
    }),
  };
}
