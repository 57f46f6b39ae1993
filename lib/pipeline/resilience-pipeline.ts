import type { Duration } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { CircuitFunction } from '../circuit/circuit-function.ts';
import { guardFunction, warnOfUncountedCalls } from '../circuit/guarded-function.ts';
import { fillConfig } from '../config/config.ts';
import { pascalCase } from '../config/pascal-case.ts';
import { shown } from '../config/values.ts';
import type { Notifier } from '../escalation/notifier.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import { functionDependency, InvocationFailures, type InvocationRetry } from '../lane/invocation-failures.ts';
import type { ParkedDeadLetters } from '../lane/parked-dead-letters.ts';
import { type ConflictDashboard, showConflicts } from '../observability/conflict-dashboard.ts';
import { Dashboards } from '../observability/dashboards.ts';
import type { Health } from '../observability/health.ts';
import type { OperatorAccess } from '../operator/operator-access.ts';
import type { OperatorFunction } from '../operator/operator-function.ts';
import type { Escalations } from '../parts/escalations.ts';
import type { IFailureStore } from '../parts/failure-store.ts';
import { destroyWithStack } from '../parts/removal.ts';
import { nameService, serviceName } from '../parts/service-name.ts';
import { linkReferences, linkStacks } from '../parts/stack-links.ts';
import { checkQuotas } from '../quotas/quota-check.ts';
import type { RecoveryMachine } from '../recovery/recovery-machine.ts';
import { Reporters } from '../report/reporters.ts';
import { SchemaRegistry } from '../report/schema-registry.ts';
import type { Saga } from '../saga/saga.ts';
import { SagaFunction } from '../saga/saga-function.ts';
import { SagaRescue } from '../saga/saga-rescue.ts';
import { exportedDashboards } from './exported-dashboards.ts';
import { createFoundation } from './pipeline-foundation.ts';
import { createLanes } from './pipeline-lanes.ts';
import { openToOperators } from './pipeline-operators.ts';
import { type PipelineParts, sharedParts } from './pipeline-parts.ts';
import type { ResiliencePipelineProps } from './pipeline-props.ts';
import { createRecovery } from './pipeline-recovery.ts';
import type { PipelineSettings } from './pipeline-schema.ts';
import { watchOver } from './pipeline-watch.ts';
import { resolvePipeline } from './validate-pipeline.ts';

/**
 * Everything that recovers failures, in one construct: two buses, a lane for each dependency, the Recovery state
 * machine, alarms and dashboards.
 *
 * @example
 * const app = new App();
 * const pipeline = new ResiliencePipeline(new Stack(app, 'Backstop'), 'Backstop', {
 *   dependencies: {
 *     payments: { kind: 'http', baseUrl: 'https://payments.example.com', idempotencyKeys: true, priority: 'P1' },
 *     inventory: { kind: 'http', baseUrl: 'https://inventory.example.com', timeout: Duration.seconds(2) },
 *   },
 *   deadline: Duration.hours(2),
 * });
 */
export class ResiliencePipeline extends Construct {
  /** Takes `Operation Failed` events. `grantPutEventsTo` lets a producer report failures, and put nothing else. */
  readonly bus: IEventBus;
  /**
   * Carries what Backstop says: outcomes, changes of circuits, actions of operators. Subscribe your rules here. Nobody
   * but Backstop may put events.
   */
  readonly outcomes: IEventBus;
  /** The tables and the key: `store` of the props, or a new store. */
  readonly store: IFailureStore;
  /** Lanes by the name of their dependency. */
  readonly lanes: ReadonlyMap<string, DependencyLane>;
  /** Events that Backstop could not accept, each with the reason. */
  readonly rejects: Queue;
  /** Messages that Backstop itself failed to process. */
  readonly lastResort: Queue;
  /** Dead letters of failures that have used up their redrive cycles. */
  readonly parked: ParkedDeadLetters;
  /** The state machine that retries what the workers could not heal. */
  readonly recovery: RecoveryMachine;
  /** The topics that humans subscribe to; a {@link Saga} escalates through them too. */
  readonly escalations: Escalations;
  /** @internal Turns signals into incidents. */
  readonly notifier: Notifier;
  /** Answers a {@link CircuitGuard} whether a state machine may call a dependency. */
  readonly circuitFunction: CircuitFunction;
  /** Where a {@link ReportFailure} reports what fails in your state machine. */
  readonly reports: Reporters;
  /** The dashboard of conflicts; undefined when no dependency resolves conflicts. */
  readonly conflictDashboard: ConflictDashboard | undefined;
  /** The dashboards of overview and cost; undefined when `dashboards` is false. */
  readonly dashboards: Dashboards | undefined;
  /** The endpoint of `/health` and `/metrics`; undefined when `health` is false. */
  readonly health: Health | undefined;
  /** Managed policies for the on-call engineer, who works with the operator's tool. */
  readonly operatorAccess: OperatorAccess;
  /** The bucket that keeps the audit log under object lock; undefined without `auditArchive`. */
  readonly auditArchive: IBucket | undefined;
  /** The bucket for bodies that are too large for an event; undefined without `largeBodies`. */
  readonly bodies: IBucket | undefined;
  /** @internal Writes for operators, and records what they do. */
  readonly operatorFunction: OperatorFunction;
  /** @internal How long the ledger keeps a failure after its last change. */
  readonly retention: Duration;
  private readonly parts: PipelineParts;
  private sagaFunction: SagaFunction | undefined;

  /** @throws ConfigError that names every mistake in the props, or what another pipeline has: the store, or a source */
  constructor(scope: Construct, id: string, props: ResiliencePipelineProps) {
    super(scope, id);
    const filled = prepare(this, props);
    const dependencies = fillConfig(filled);
    const settings = dependencies.map((dependency) => dependency.settings);
    this.retention = filled.retention;

    const foundation = createFoundation(this, filled, dependencies);
    ({ store: this.store, bus: this.bus, outcomes: this.outcomes } = foundation);
    ({ rejects: this.rejects, lastResort: this.lastResort, parked: this.parked } = foundation);
    this.escalations = foundation.escalations;
    this.parts = sharedParts(this, filled, settings, foundation);
    this.bodies = this.parts.bodies?.bucket;

    const recovery = createRecovery(this, filled, dependencies, this.parts);
    this.recovery = recovery.machine;
    this.reports = new Reporters(this, 'Reports', { ...this.parts, settings });
    if (filled.schemaRegistry) new SchemaRegistry(this, 'Schemas');
    this.circuitFunction = new CircuitFunction(this, 'Circuit', { ...this.parts, settings });
    this.lanes = createLanes(this, filled, recovery, this.parts);

    const watch = watchOver(this, filled, { ...recovery, lanes: this.lanes }, this.parts);
    ({ notifier: this.notifier, health: this.health } = watch);
    const operators = openToOperators(this, filled, this, this.parts);
    this.operatorFunction = operators.operatorFunction;
    this.auditArchive = operators.auditArchive;
    this.operatorAccess = operators.operatorAccess;

    const publisher = recovery.publisher.function;
    this.dashboards = filled.dashboards ? new Dashboards(this, 'Dashboards', { pipeline: this, publisher }) : undefined;
    const { attempt, resolve } = recovery.functions;
    this.conflictDashboard = showConflicts(this, this.lanes, [attempt, resolve], filled.runbookUrl);
    this.operatorAccess.allowDashboards(exportedDashboards(this));
  }

  /**
   * Lets your function use `circuitBreaker` of `@backstop-cdk/backstop/circuit` for a dependency. Sets
   * `BACKSTOP_CIRCUITS_TABLE` and `BACKSTOP_CIRCUITS` in its environment, and grants it the circuits of that
   * dependency. Call it once for each dependency. Warns of a function whose timeout is too short for a call.
   *
   * @throws ConfigError when the config has no such dependency, or another pipeline guards the function already
   * @example
   * import { Function } from 'aws-cdk-lib/aws-lambda';
   * declare const charge: Function;
   * pipeline.guard(charge, 'payments');
   */
  guard(fn: LambdaFunction, dependency: string): void {
    this.shareCircuit(fn, dependency);
    warnOfUncountedCalls(fn, this.reports.settingsOf(dependency));
  }

  private shareCircuit(fn: LambdaFunction, dependency: string): void {
    const circuit = this.circuitFunction.settingsOf(dependency);
    guardFunction(fn, this.store, { dependency, circuit, service: serviceName(this) });
  }

  /**
   * Lets somebody report failures of a dependency: put `Operation Failed` on the bus, and nothing else. The source is
   * the first of the dependency's `accepts.sources` that is neither of AWS nor of operators, or `backstop.report`. Call
   * it for each dependency, those of undos too.
   *
   * A function learns what `backstop` of `@backstop-cdk/backstop/report` must know, in `BACKSTOP_REPORTS`. Its reports
   * wait in a queue while the bus takes none. For an HTTP API, it is guarded as by {@link guard}. A principal of
   * another account gets no queue and no environment. Warns of a function whose timeout is too short for a report.
   *
   * @param grantee your function; or a role, a machine or a principal that puts events itself
   * @throws ConfigError when the config has no such dependency, or no source for reports, or the function would have to
   * know too much
   * @example
   * import { Function } from 'aws-cdk-lib/aws-lambda';
   * declare const charge: Function;
   * pipeline.reportsFrom(charge, 'payments');
   */
  reportsFrom(grantee: IGrantable, dependency: string): void {
    const { kind } = this.reports.add(grantee, dependency);
    if (kind === 'http' && grantee instanceof LambdaFunction) this.shareCircuit(grantee, dependency);
  }

  /**
   * Recovers asynchronous invocations of your function after Lambda has used up its own retries. Sets the function's
   * on-failure destination to the bus, and lets its role send there.
   *
   * @param dependency the name of the function in the config
   * @param retry how often and for how long Lambda retries first
   * @throws ConfigError when the config has no such function
   * @example
   * import { Function } from 'aws-cdk-lib/aws-lambda';
   * declare const resize: Function;
   * pipeline.recoverFailuresOf(resize, 'resize', { retryAttempts: 1 });
   */
  recoverFailuresOf(fn: IFunction, dependency: string, retry: InvocationRetry = {}): void {
    functionDependency(dependency, this.lanes);
    linkStacks(this, fn, `recoverFailuresOf(${shown(dependency)})`);
    new InvocationFailures(this, `${pascalCase(dependency)}Failures`, { ...retry, fn, bus: this.bus });
  }

  /**
   * Finishes a saga after somebody stopped its execution, it timed out, or no catch applied. Another execution of the
   * same machine resumes the saga. The machine must begin with the saga, alone or as the try block of a
   * {@link TryCatchFinally}.
   *
   * @throws ConfigError when the machine begins with something else, or is an Express machine
   * @example
   * import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
   * declare const placing: Saga;
   * declare const orders: StateMachine;
   * pipeline.rescue(placing, orders);
   */
  rescue(saga: Saga, machine: StateMachine): void {
    linkStacks(machine, this, `rescue of ${shown(machine.node.path)}`);
    this.sagaFunction ??= new SagaFunction(this, 'Saga', this.parts);
    new SagaRescue(machine, 'Rescue', { saga, machine, rescuer: this.sagaFunction });
  }
}

/** Checks the props and fills in their defaults. Names and links the pipeline, before it has any parts. */
function prepare(pipeline: Construct, props: ResiliencePipelineProps): PipelineSettings {
  nameService(pipeline);
  checkQuotas(pipeline);
  const filled = resolvePipeline(props);
  if (filled.removal === 'destroy') destroyWithStack(pipeline);
  for (const [name, config] of Object.entries(filled.dependencies))
    linkReferences(pipeline, config, `dependency ${shown(name)}`);
  return filled;
}
