/**
 * The constructs of Backstop, and the types of its config. Functions import `@backstop-cdk/backstop/circuit` instead,
 * which loads no CDK.
 *
 * @module @backstop-cdk/backstop
 */

// The pipeline: everything that a stack needs to recover from failures.

export type { AppConfig } from './pipeline/app.ts';
export { PipelineOutputs } from './pipeline/pipeline-outputs.ts';
export type { ResiliencePipelineProps } from './pipeline/pipeline-props.ts';
export { ResiliencePipeline } from './pipeline/resilience-pipeline.ts';

// The parts of a pipeline that your code names: a separate store, and the types of the pipeline's properties.

export type { DependencyLane } from './lane/dependency-lane.ts';
export type { OperatorAccess } from './operator/operator-access.ts';
export type { Escalations } from './parts/escalations.ts';
export { FailureStore, type FailureStoreProps, type IFailureStore } from './parts/failure-store.ts';
export type { FailureStoreArns } from './parts/store-arns.ts';

// Dependencies: what operations call, by kind.

export type {
  DependencyConfig,
  HttpDependencyConfig,
  LambdaDependencyConfig,
  QueueDependencyConfig,
  StateMachineDependencyConfig,
} from './config/dependency-config.ts';

// Settings that several dependencies can share, and the error that names the wrong ones.

export type { OwnRule } from '../lambdas/contract/settings.ts';
export type { AlarmConfig } from './config/alarm-config.ts';
export type { ConflictConfig } from './config/conflict-config.ts';
export type { RetryConfig } from './config/dependency-config.ts';
export type { DeploymentConfig } from './config/deployment-config.ts';
export type { ProducersConfig } from './config/producers-config.ts';
export type { RedriveConfig } from './config/redrive-config.ts';
export type { CircuitConfig, FallbackConfig } from './config/resilience-config.ts';
export { ConfigError } from './config/validate-config.ts';
export type { EscalationConfig } from './escalation/escalation-config.ts';
export type { AuditArchiveConfig } from './operator/audit-archive-config.ts';

// Fragments for your state machines.

export { CircuitGuard, type CircuitGuardProps } from './circuit/circuit-guard.ts';
export { TryCatchFinally, type TryCatchFinallyProps } from './recovery/try-catch-finally.ts';
export { ReportFailure, type ReportFailureProps } from './report/report-failure.ts';
export { Saga } from './saga/saga.ts';
export type { SagaProps, SagaState, SagaStep } from './saga/saga-steps.ts';
