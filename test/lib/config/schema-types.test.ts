import type { Duration } from 'aws-cdk-lib';
import type { GenericSchema, InferInput, InferOutput } from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type {
  AuthSettings,
  AwsSettings,
  CircuitSettings,
  ConflictSettings,
  FallbackSettings,
  HttpSettings,
  OwnRule,
  RedriveSettings,
  RetryBudgetSettings,
  RetrySettings,
} from '../../../lambdas/contract/settings.ts';
import type { AlarmConfig } from '../../../lib/config/alarm-config.ts';
import type { alarms } from '../../../lib/config/alarm-schema.ts';
import type { lambdaDependency, queueDependency, stateMachineDependency } from '../../../lib/config/aws-schema.ts';
import type { ConflictConfig } from '../../../lib/config/conflict-config.ts';
import type { conflict } from '../../../lib/config/conflict-schema.ts';
import type {
  HttpDependencyConfig,
  LambdaDependencyConfig,
  QueueDependencyConfig,
  RetryConfig,
  StateMachineDependencyConfig,
} from '../../../lib/config/dependency-config.ts';
import type { httpDependency } from '../../../lib/config/http-schema.ts';
import type { RedriveConfig } from '../../../lib/config/redrive-config.ts';
import type { redrive } from '../../../lib/config/redrive-schema.ts';
import type { CircuitConfig, FallbackConfig, RetryBudgetConfig } from '../../../lib/config/resilience-config.ts';
import type { circuit, fallback, retryBudget } from '../../../lib/config/resilience-schema.ts';
import type { retry, rules } from '../../../lib/config/retry-schema.ts';
import type { EscalationConfig } from '../../../lib/escalation/escalation-config.ts';
import type { escalation } from '../../../lib/escalation/escalation-schema.ts';
import type { ResiliencePipelineProps } from '../../../lib/pipeline/pipeline-props.ts';
import type { pipeline } from '../../../lib/pipeline/pipeline-schema.ts';

/** A type without `readonly` and without intersections, so that only names, values and optionality count. */
type Plain<T> = T extends Duration
  ? T
  : T extends readonly (infer Element)[]
    ? Plain<Element>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Plain<T[Key]> }
      : T;
type In<Schema extends GenericSchema> = Plain<InferInput<Schema>>;
type Out<Schema extends GenericSchema> = Plain<InferOutput<Schema>>;

/** The compiler checks it. Nothing fails at run time. */
const compiled = (check: () => void) => expect(check).not.toThrow();

describe('what a schema takes', () => {
  it('is the public type', () =>
    compiled(() => {
      expectTypeOf<In<typeof retry>>().toEqualTypeOf<Plain<RetryConfig>>();
      expectTypeOf<In<typeof circuit>>().toEqualTypeOf<Plain<CircuitConfig>>();
      expectTypeOf<In<typeof retryBudget>>().toEqualTypeOf<Plain<RetryBudgetConfig>>();
      expectTypeOf<In<typeof fallback>>().toEqualTypeOf<Plain<FallbackConfig>>();
      expectTypeOf<In<typeof conflict>>().toEqualTypeOf<Plain<ConflictConfig>>();
      expectTypeOf<In<typeof redrive>>().toEqualTypeOf<Plain<RedriveConfig>>();
      expectTypeOf<In<typeof rules>>().toEqualTypeOf<Plain<OwnRule[]>>();
      expectTypeOf<In<typeof alarms>>().toEqualTypeOf<Plain<AlarmConfig>>();
      expectTypeOf<In<typeof escalation>>().toEqualTypeOf<Plain<EscalationConfig>>();
    }));

  it('is the public type of a dependency', () =>
    compiled(() => {
      expectTypeOf<In<typeof httpDependency>>().toEqualTypeOf<Plain<HttpDependencyConfig>>();
      expectTypeOf<In<typeof lambdaDependency>>().toEqualTypeOf<Plain<LambdaDependencyConfig>>();
      expectTypeOf<In<typeof stateMachineDependency>>().toEqualTypeOf<Plain<StateMachineDependencyConfig>>();
      expectTypeOf<In<typeof queueDependency>>().toEqualTypeOf<Plain<QueueDependencyConfig>>();
    }));

  it('is the public type of a pipeline', () =>
    compiled(() => {
      type Others = 'dependencies' | 'store';
      expectTypeOf<Omit<In<typeof pipeline>, Others>>().toEqualTypeOf<Omit<Plain<ResiliencePipelineProps>, Others>>();
    }));
});

describe('what a schema gives', () => {
  it('is what the handlers read', () =>
    compiled(() => {
      expectTypeOf<Out<typeof retry>>().toEqualTypeOf<Plain<RetrySettings>>();
      expectTypeOf<Out<typeof circuit>>().toEqualTypeOf<Plain<Omit<CircuitSettings, 'probeLeaseMs'>>>();
      expectTypeOf<Out<typeof retryBudget>>().toEqualTypeOf<Plain<RetryBudgetSettings>>();
      expectTypeOf<Out<typeof fallback>>().toEqualTypeOf<Plain<FallbackSettings>>();
      expectTypeOf<Out<typeof redrive>>().toEqualTypeOf<Plain<RedriveSettings>>();
      expectTypeOf<Out<typeof rules>>().toEqualTypeOf<Plain<OwnRule[]>>();
      expectTypeOf<Exclude<Out<typeof httpDependency>['auth'], undefined>>().toEqualTypeOf<Plain<AuthSettings>>();
    }));

  it('is what the handlers read of a conflict, with the function that the lane names to them', () =>
    compiled(() => {
      type Given = Out<typeof conflict>;
      expectTypeOf<Exclude<Given, { strategy: 'function' }>>().toExtend<ConflictSettings>();
      expectTypeOf<Given['strategy']>().toEqualTypeOf<ConflictSettings['strategy']>();
    }));

  it('has every setting that the handlers read, and no other', () =>
    compiled(() => {
      type Lane = 'maxConcurrency';
      expectTypeOf<Exclude<keyof HttpSettings, 'name'>>().toEqualTypeOf<
        Exclude<keyof Out<typeof httpDependency>, Lane>
      >();
      type Aws = Exclude<keyof AwsSettings, 'name' | 'conflict' | 'targetArn' | 'keyArn'>;
      expectTypeOf<Aws>().toEqualTypeOf<Exclude<keyof Out<typeof stateMachineDependency>, Lane | 'stateMachineArn'>>();
    }));
});
