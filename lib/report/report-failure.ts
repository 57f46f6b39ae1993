import { Stack } from 'aws-cdk-lib';
import {
  CustomState,
  Errors,
  FieldUtils,
  type INextable,
  JsonPath,
  type State,
  type StateGraph,
  StateMachineFragment,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { OPERATION_FAILED } from '../../lambdas/contract/events.ts';
import type { Method } from '../../lambdas/contract/methods.ts';
import { shown } from '../config/values.ts';
import { INTERNAL_RETRY } from '../parts/retry-policies.ts';
import { linkStacks } from '../parts/stack-links.ts';
import type { Reporters, ReportWay } from './reporters.ts';

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

  /** Path of the error: the `resultPath` of your `addCatch`. @default '$.error' */
  readonly errorPath?: string;
}

/**
 * Reports the failure of a state to Backstop, without a function in between. Give it to `addCatch`, with the error in
 * the state data. Its output is its input, so the machine may continue.
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

  constructor(scope: Construct, id: string, props: ReportFailureProps) {
    super(scope, id);
    linkStacks(this, props.reports, `ReportFailure ${shown(this.node.path)}`);
    const way = props.reports.wayOf(props.dependency);
    const detail = detailOf(props);
    const entry = {
      EventBusName: way.bus.eventBusArn,
      Source: way.source,
      DetailType: OPERATION_FAILED,
      Detail: detail,
    };
    const put = new ReportingState(this, `${id}: put it on the bus`, way, 'events:putEvents', { Entries: [entry] });
    const keep = new ReportingState(this, `${id}: keep it in the queue`, way, 'sqs:sendMessage', {
      QueueUrl: way.queue.queueUrl,
      MessageBody: detail,
    });
    put.addCatch(keep, { errors: [Errors.ALL], resultPath: '$.unreported' });
    this.startState = put;
    this.endStates = [put, keep];
  }
}

/** A state of a service integration. It has no role, but passes its permissions to its machine. */
class ReportingState extends CustomState {
  private readonly way: ReportWay;

  constructor(scope: Construct, name: string, way: ReportWay, integration: string, parameters: object) {
    const Resource = `arn:${Stack.of(scope).partition}:states:::${integration}`;
    super(scope, name, {
      stateJson: { Type: 'Task', Resource, Parameters: FieldUtils.renderObject(parameters), ResultPath: null },
    });
    this.way = way;
    this.addRetry(INTERNAL_RETRY);
  }

  protected override whenBoundToGraph(graph: StateGraph): void {
    super.whenBoundToGraph(graph);
    for (const statement of this.way.statements) graph.registerPolicyStatement(statement);
  }
}

/** The detail of the event, with paths for what only the state data has. */
function detailOf({
  dependency,
  failureId,
  correlationId = failureId,
  operation,
  undo,
  errorPath = '$.error',
}: ReportFailureProps) {
  return {
    version: 1,
    id: failureId,
    correlationId,
    dependency,
    occurredAt: JsonPath.stringAt('$$.State.EnteredTime'),
    operation: { method: 'POST', path: '/', ...operation },
    error: { name: JsonPath.stringAt(`${errorPath}.Error`), message: JsonPath.stringAt(`${errorPath}.Cause`) },
    ...(undo && {
      undo: undo.map((step) => ({ ...step, operation: { method: 'POST', path: '/', ...step.operation } })),
    }),
  };
}
