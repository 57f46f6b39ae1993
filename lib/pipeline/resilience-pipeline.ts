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
import { Notifier } from '../escalation/notifier.ts';
import { sectionsFor } from '../escalation/runbook-sections.ts';
import type { DependencyLane } from '../lane/dependency-lane.ts';
import { functionDependency, InvocationFailures, type InvocationRetry } from '../lane/invocation-failures.ts';
import { ParkedDeadLetters } from '../lane/parked-dead-letters.ts';
import { rejectWhatNamesNoLane } from '../lane/unroutable-events.ts';
import { type ConflictDashboard, showConflicts } from '../observability/conflict-dashboard.ts';
import { Dashboards } from '../observability/dashboards.ts';
import { Health } from '../observability/health.ts';
import { OwnAlarms } from '../observability/own-alarms.ts';
import { AuditArchive } from '../operator/audit-archive.ts';
import { OperatorAccess } from '../operator/operator-access.ts';
import { OperatorFunction } from '../operator/operator-function.ts';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { FailureBus, OutcomeBus } from '../parts/buses.ts';
import { Escalations } from '../parts/escalations.ts';
import { FailureStore, type IFailureStore } from '../parts/failure-store.ts';
import { bundleHandlers } from '../parts/handler-bundle.ts';
import { warnOfIsolation } from '../parts/network.ts';
import { admitProducers } from '../parts/producers.ts';
import { warnOfMissingUrls } from '../parts/region-features.ts';
import { destroyWithStack } from '../parts/removal.ts';
import { reserveSources } from '../parts/reserve-sources.ts';
import { reserveStore } from '../parts/reserve-store.ts';
import { nameService, serviceName } from '../parts/service-name.ts';
import type { SharedParts } from '../parts/shared-parts.ts';
import { linkReferences, linkStacks } from '../parts/stack-links.ts';
import { checkQuotas } from '../quotas/quota-check.ts';
import { OutboxPublisher } from '../recovery/outbox-publisher.ts';
import { Reconciler } from '../recovery/reconciler.ts';
import { RecoveryFunctions } from '../recovery/recovery-functions.ts';
import { RecoveryMachine } from '../recovery/recovery-machine.ts';
import { Reporters } from '../report/reporters.ts';
import { SchemaRegistry } from '../report/schema-registry.ts';
import type { Saga } from '../saga/saga.ts';
import { SagaFunction } from '../saga/saga-function.ts';
import { SagaRescue } from '../saga/saga-rescue.ts';
import { exportedDashboards } from './exported-dashboards.ts';
import { callers, createLanes, redriveByItself } from './pipeline-lanes.ts';
import { sharedParts } from './pipeline-parts.ts';
import type { ResiliencePipelineProps } from './pipeline-props.ts';
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
  private readonly parts: SharedParts;
  private sagaFunction: SagaFunction | undefined;

  /** @throws ConfigError that names every mistake in the props, or what another pipeline has: the store, or a source */
  constructor(scope: Construct, id: string, props: ResiliencePipelineProps) {
    super(scope, id);
    nameService(this);
    checkQuotas(this);
    const filled = resolvePipeline(props);
    const dependencies = fillConfig(filled);
    const settings = dependencies.map((dependency) => dependency.settings);
    this.retention = filled.retention;
    if (filled.removal === 'destroy') destroyWithStack(this);
    for (const [name, config] of Object.entries(filled.dependencies))
      linkReferences(this, config, `dependency ${shown(name)}`);

    this.store = filled.store ?? new FailureStore(this, 'Store');
    reserveStore(this.store, this);
    reserveSources(this, dependencies);
    const { encryptionKey } = this.store;
    const lastResort = new BackstopQueue(this, 'LastResort', { encryptionKey });
    this.lastResort = lastResort;
    this.rejects = new BackstopQueue(this, 'Rejects', { encryptionKey });
    const bus = new FailureBus(this, 'Bus', { encryptionKey, deadLetterQueue: lastResort });
    this.bus = bus;
    admitProducers(bus, filled.producers, settings);
    const outcomes = new OutcomeBus(this, 'Outcomes', { encryptionKey, deadLetterQueue: lastResort });
    this.outcomes = outcomes;
    const { runbookUrl, operatorCommand, reconcileEvery, auditArchive } = filled;
    this.escalations = new Escalations(this, 'Escalations', { encryptionKey, runbookUrl, operatorCommand });
    this.parked = new ParkedDeadLetters(this, 'Parked', { encryptionKey, escalations: this.escalations });

    const code = bundleHandlers(settings, filled.handlers, sectionsFor(runbookUrl));
    const parts = sharedParts(this, filled, { code, store: this.store, bus, outcomes, escalations: this.escalations });
    this.parts = parts;
    this.bodies = parts.bodies?.bucket;
    const resolvers = Object.fromEntries(
      dependencies.flatMap(({ settings: { name }, resolverArn }) =>
        resolverArn === undefined ? [] : [[name, resolverArn]],
      ),
    );
    const functions = new RecoveryFunctions(this, 'RecoveryFunctions', { ...parts, settings, resolvers });
    this.recovery = new RecoveryMachine(this, 'Recovery', {
      ...parts,
      functions,
      lastResort,
      retryInterval: filled.durableRetryInterval,
    });
    const publisher = new OutboxPublisher(this, 'Publisher', { ...parts, lastResort });
    const reconciler = new Reconciler(this, 'Reconciler', {
      ...parts,
      lastResort,
      recovery: this.recovery,
      reconcileEvery,
    });

    this.reports = new Reporters(this, 'Reports', { ...parts, settings, bus, lastResort });
    if (filled.schemaRegistry) new SchemaRegistry(this, 'Schemas');
    this.circuitFunction = new CircuitFunction(this, 'Circuit', { ...parts, settings });
    const { rejects, recovery, parked } = this;
    this.lanes = createLanes(this, filled, { ...parts, rejects, recovery, parked: parked.queue });
    if (parts.network) warnOfIsolation(this, parts.network, callers(this.lanes, functions));
    for (const { deadLetterQueue } of this.lanes.values()) reconciler.allowDeadLettersTo(deadLetterQueue);
    redriveByItself(this, this.lanes, { ...parts, lastResort });
    rejectWhatNamesNoLane(this, { ...parts, lanes: [...this.lanes.keys()], rejects: this.rejects, lastResort });
    const own = {
      escalations: this.escalations,
      lastResort,
      rejects: this.rejects,
      recovery: this.recovery,
      functions,
    };
    new OwnAlarms(this, 'Alarms', {
      ...own,
      publisher: publisher.function,
      reconciler: reconciler.function,
      reconcileEvery,
    });
    this.notifier = new Notifier(this, 'Notifier', { ...parts, escalation: filled.escalation });
    const queues = {
      rejects: this.rejects,
      'last-resort': this.lastResort,
      parked: this.parked.queue,
      'undelivered-alerts': this.notifier.undelivered,
    };
    if (filled.health) warnOfMissingUrls(this);
    this.health = filled.health ? new Health(this, 'Health', { ...parts, lanes: this.lanes, queues }) : undefined;
    this.operatorFunction = new OperatorFunction(this, 'Operator', {
      ...parts,
      recovery: this.recovery,
    });
    this.auditArchive =
      auditArchive && new AuditArchive(this, 'AuditArchive', { ...parts, settings: auditArchive, lastResort }).bucket;
    this.operatorAccess = new OperatorAccess(this, 'OperatorAccess', {
      store: this.store,
      operator: this.operatorFunction,
      counted: [this.rejects, lastResort, this.notifier.undelivered],
      deadLetterQueues: [this.parked.queue],
    });
    this.dashboards = filled.dashboards
      ? new Dashboards(this, 'Dashboards', { pipeline: this, publisher: publisher.function })
      : undefined;
    this.conflictDashboard = showConflicts(this, this.lanes, [functions.attempt, functions.resolve], runbookUrl);
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
    this.sagaFunction ??= new SagaFunction(this, 'Saga', { ...this.parts, lastResort: this.lastResort });
    new SagaRescue(machine, 'Rescue', { saga, machine, rescuer: this.sagaFunction });
  }
}
