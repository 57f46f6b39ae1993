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
} from '../lambdas/shared/boundary/settings.ts';
export type { Category, Effect, VerdictKind } from '../lambdas/shared/classification/verdict.ts';
export { AdoptedQueue, type AdoptedQueueProps } from './adopted-queue.ts';
export type { AlarmConfig, AlarmSettings } from './alarm-config.ts';
export { AlarmGroup, type AlarmGroupProps, type GroupedAlarmProps, type WhereNothing } from './alarm-group.ts';
export type { AppConfig, PipelineOptions } from './app.ts';
export { BackstopFunction, type BackstopFunctionProps } from './backstop-function.ts';
export { CircuitFunction, type CircuitFunctionProps } from './circuit-function.ts';
export { CircuitGuard, type CircuitGuardProps } from './circuit-guard.ts';
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
export { toSettings } from './config.ts';
export { ConfigError } from './config-mistakes.ts';
export type { ConflictConfig } from './conflict-config.ts';
export { ConflictDashboard, type ConflictDashboardProps } from './conflict-dashboard.ts';
export { ConflictInsights, type ConflictInsightsProps } from './conflict-insights.ts';
export { CostDashboard, type CostDashboardProps } from './cost-dashboard.ts';
export { Dashboards, type DashboardsProps } from './dashboards.ts';
export { DependencyLane, type DependencyLaneProps } from './dependency-lane.ts';
export type { EscalationConfig, PagerDutyConfig, TeamsConfig } from './escalation-config.ts';
export {
  type EscalationProps,
  Escalations,
  type EscalationsProps,
  type RunbookSection,
  type Urgency,
} from './escalations.ts';
export { FailureStore } from './failure-store.ts';
export { bundleHandlers, type HandlerName } from './handler-bundle.ts';
export { Health, type HealthProps } from './health.ts';
export { InvocationFailures, type InvocationFailuresProps, type InvocationRetry } from './invocation-failures.ts';
export { LaneAlarms, type LaneAlarmsProps } from './lane-alarms.ts';
export { LaneOrder, type LaneOrderProps } from './lane-order.ts';
export { Notifier, type NotifierProps } from './notifier.ts';
export { OperatorAccess, type OperatorAccessProps } from './operator-access.ts';
export { OutboxPublisher, type OutboxPublisherProps } from './outbox-publisher.ts';
export { OverviewDashboard, type OverviewDashboardProps } from './overview-dashboard.ts';
export { OwnAlarms, type OwnAlarmsProps } from './own-alarms.ts';
export { ParkedLetters, type ParkedLettersProps } from './parked-letters.ts';
export type { ResiliencePipelineProps } from './pipeline/pipeline-props.ts';
export { PipelineOutputs, type PipelineOutputsProps } from './pipeline-outputs.ts';
export { Reconciler, type ReconcilerProps } from './reconciler.ts';
export type { RecoveryMachineProps } from './recovery/recovery-machine-props.ts';
export { RecoveryFunctions, type RecoveryFunctionsProps } from './recovery-functions.ts';
export { RecoveryMachine } from './recovery-machine.ts';
export type { RedriveConfig } from './redrive-config.ts';
export { Redriver, type RedriverProps } from './redriver.ts';
export type { CircuitConfig, FallbackConfig, RetryBudgetConfig } from './resilience-config.ts';
export { ResiliencePipeline } from './resilience-pipeline.ts';
export type { SagaProps, SagaState, SagaStep, SagaSteps } from './saga/saga-steps.ts';
export { Saga } from './saga.ts';
export { SagaFunction, type SagaFunctionProps } from './saga-function.ts';
export { SagaRescue, type SagaRescueProps } from './saga-rescue.ts';
export type { SharedParts } from './shared-parts.ts';
export { TryCatchFinally, type TryCatchFinallyProps } from './try-catch-finally.ts';
