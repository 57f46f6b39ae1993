export type {
  BackstopConfig,
  DependencyConfig,
  HttpDependencyConfig,
  LambdaDependencyConfig,
  QueueDependencyConfig,
  RetryConfig,
  StateMachineDependencyConfig,
} from './config.ts';
export { ConfigError } from './config-mistakes.ts';
export { DependencyLane, type DependencyLaneProps } from './dependency-lane.ts';
export { FailureStore } from './failure-store.ts';
export { ResiliencePipeline, type ResiliencePipelineProps } from './resilience-pipeline.ts';
export { TryCatchFinally, type TryCatchFinallyProps } from './try-catch-finally.ts';
