export type {
  BackstopConfig,
  DependencyConfig,
  HttpDependencyConfig,
  LambdaDependencyConfig,
  QueueDependencyConfig,
  RetryConfig,
  StateMachineDependencyConfig,
} from './config.ts';
export { toSettings } from './config.ts';
export { ConfigError } from './config-mistakes.ts';
export { DependencyLane, type DependencyLaneProps } from './dependency-lane.ts';
export { type EscalationProps, Escalations, type EscalationsProps } from './escalations.ts';
export { FailureStore } from './failure-store.ts';
export { bundleHandlers } from './handler-bundle.ts';
export { RecoveryFunctions, type RecoveryFunctionsProps } from './recovery-functions.ts';
export { RecoveryMachine, type RecoveryMachineProps } from './recovery-machine.ts';
export { ResiliencePipeline, type ResiliencePipelineProps } from './resilience-pipeline.ts';
export type { SharedParts } from './shared-parts.ts';
export { TryCatchFinally, type TryCatchFinallyProps } from './try-catch-finally.ts';
