export type {
  AuthSettings,
  AwsSettings,
  CircuitSettings,
  ConflictSettings,
  DependencySettings,
  FallbackSettings,
  HttpSettings,
  OwnRule,
  Priority,
  RedriveSettings,
  RetryBudgetSettings,
  RetrySettings,
} from '../lambdas/contract/settings.ts';
export type { Category, Effect, VerdictKind } from '../lambdas/contract/verdict.ts';
export { CircuitFunction, type CircuitFunctionProps } from './circuit/circuit-function.ts';
export { CircuitGuard, type CircuitGuardProps } from './circuit/circuit-guard.ts';
export type { AlarmConfig, AlarmSettings } from './config/alarm-config.ts';
export { toSettings } from './config/config.ts';
export { ConfigError } from './config/config-mistakes.ts';
export type { ConflictConfig } from './config/conflict-config.ts';
export type {
  BackstopConfig,
  CommonDependencyConfig,
  DependencyConfig,
  HttpDependencyConfig,
  LambdaDependencyConfig,
  QueueDependencyConfig,
  RetryConfig,
  StateMachineDependencyConfig,
} from './config/dependency-config.ts';
export type { RedriveConfig } from './config/redrive-config.ts';
export type { CircuitConfig, FallbackConfig, RetryBudgetConfig } from './config/resilience-config.ts';
export type { EscalationConfig, PagerDutyConfig, TeamsConfig } from './escalation/escalation-config.ts';
export { Notifier, type NotifierProps } from './escalation/notifier.ts';
export { AdoptedQueue, type AdoptedQueueProps } from './lane/adopted-queue.ts';
export { DependencyLane, type DependencyLaneProps } from './lane/dependency-lane.ts';
export { InvocationFailures, type InvocationFailuresProps, type InvocationRetry } from './lane/invocation-failures.ts';
export { LaneAlarms, type LaneAlarmsProps } from './lane/lane-alarms.ts';
export { LaneOrder, type LaneOrderProps } from './lane/lane-order.ts';
export { ParkedLetters, type ParkedLettersProps } from './lane/parked-letters.ts';
export { Redriver, type RedriverProps } from './lane/redriver.ts';
export { ConflictDashboard, type ConflictDashboardProps } from './observability/conflict-dashboard.ts';
export { ConflictInsights, type ConflictInsightsProps } from './observability/conflict-insights.ts';
export { CostDashboard, type CostDashboardProps } from './observability/cost-dashboard.ts';
export { Dashboards, type DashboardsProps } from './observability/dashboards.ts';
export { Health, type HealthProps } from './observability/health.ts';
export { OverviewDashboard, type OverviewDashboardProps } from './observability/overview-dashboard.ts';
export { OwnAlarms, type OwnAlarmsProps } from './observability/own-alarms.ts';
export { OperatorAccess, type OperatorAccessProps } from './operator/operator-access.ts';
export { AlarmGroup, type AlarmGroupProps, type GroupedAlarmProps, type WhereNothing } from './parts/alarm-group.ts';
export { BackstopFunction, type BackstopFunctionProps } from './parts/backstop-function.ts';
export {
  type EscalationProps,
  Escalations,
  type EscalationsProps,
  type RunbookSection,
  type Urgency,
} from './parts/escalations.ts';
export { FailureStore } from './parts/failure-store.ts';
export { bundleHandlers, type HandlerName } from './parts/handler-bundle.ts';
export type { SharedParts } from './parts/shared-parts.ts';
export type { AppConfig, PipelineOptions } from './pipeline/app.ts';
export { PipelineOutputs, type PipelineOutputsProps } from './pipeline/pipeline-outputs.ts';
export type { ResiliencePipelineProps } from './pipeline/pipeline-props.ts';
export { ResiliencePipeline } from './pipeline/resilience-pipeline.ts';
export { OutboxPublisher, type OutboxPublisherProps } from './recovery/outbox-publisher.ts';
export { Reconciler, type ReconcilerProps } from './recovery/reconciler.ts';
export { RecoveryFunctions, type RecoveryFunctionsProps } from './recovery/recovery-functions.ts';
export { RecoveryMachine } from './recovery/recovery-machine.ts';
export type { RecoveryMachineProps } from './recovery/recovery-machine-props.ts';
export { TryCatchFinally, type TryCatchFinallyProps } from './recovery/try-catch-finally.ts';
export { Saga } from './saga/saga.ts';
export { SagaFunction, type SagaFunctionProps } from './saga/saga-function.ts';
export { SagaRescue, type SagaRescueProps } from './saga/saga-rescue.ts';
export type { SagaProps, SagaState, SagaStep, SagaSteps } from './saga/saga-steps.ts';
