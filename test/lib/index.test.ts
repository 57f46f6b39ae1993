import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as circuit from '../../lambdas/shared/circuit/library.ts';
import * as backstop from '../../lib/index.ts';
import { ownStack, standIns, testConfig } from './templates.ts';

const ROOT = join(import.meta.dirname, '../..');
const json = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const manifest: { readonly exports: Record<string, { readonly types: string; readonly default: string }> } =
  json('package.json');
const build: { readonly include: readonly string[] } = json('tsconfig.build.json');

describe('in an app of a team’s own', () => {
  describe('two pipelines', () => {
    const stack = ownStack();
    const handlers = standIns();
    const first = new backstop.ResiliencePipeline(stack, 'First', { ...testConfig, handlers });
    const dependencies = { second: { kind: 'http', baseUrl: 'https://second.example.com' } } as const;
    const second = new backstop.ResiliencePipeline(stack, 'Second', { dependencies, handlers });
    const template = Template.fromStack(stack);

    it('bring a store of their own', () => {
      template.resourceCountIs('AWS::DynamoDB::Table', 2 * 3);
      expect([...first.lanes.keys()]).toEqual(['payments', 'stock-levels']);
      expect([...second.lanes.keys()]).toEqual(['second']);
      expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).toEqual([]);
    });

    it('have a bundle each', () => {
      const functions = Object.values(template.findResources('AWS::Lambda::Function'));
      expect(new Set(functions.map(({ Properties }) => Properties.Code.S3Key)).size).toBe(2);
    });
  });

  it('all stands on parts of the team’s choice', () => {
    const stack = ownStack();
    const dependency = { kind: 'http', baseUrl: 'https://stock.example.com' } as const;
    const settings = [backstop.toSettings('stock', dependency)];
    const store = new backstop.FailureStore(stack, 'Store');
    const { encryptionKey } = store;
    const parts: backstop.SharedParts = {
      code: backstop.bundleHandlers(settings, standIns()),
      store,
      bus: new EventBus(stack, 'Bus'),
      escalations: new backstop.Escalations(stack, 'Escalations', { encryptionKey, runbookUrl: 'runbook' }),
      runbookUrl: 'runbook',
      deadline: Duration.hours(1),
      decisionTimeout: Duration.days(1),
      retention: Duration.days(30),
      reconcileAfter: Duration.minutes(15),
      logRetention: RetentionDays.ONE_WEEK,
    };
    const functions = new backstop.RecoveryFunctions(stack, 'Functions', { ...parts, settings, resolvers: {} });
    const lastResort = new Queue(stack, 'LastResort');
    const recovery = new backstop.RecoveryMachine(stack, 'Recovery', {
      ...parts,
      functions,
      lastResort,
      retryInterval: Duration.seconds(20),
    });
    new backstop.OutboxPublisher(stack, 'Publisher', { ...parts, lastResort });
    const reconcileEvery = Duration.minutes(5);
    const reconciler = new backstop.Reconciler(stack, 'Reconciler', { ...parts, lastResort, recovery, reconcileEvery });
    const rejects = new Queue(stack, 'Rejects');
    const parked = new backstop.ParkedLetters(stack, 'Parked', { encryptionKey, escalations: parts.escalations });
    const others = { recovery, rejects, parked: parked.queue };
    const lane = new backstop.DependencyLane(stack, 'Lane', { ...parts, name: 'stock', dependency, ...others });

    reconciler.allowDeadLettersTo(lane.deadLetterQueue);

    expect(lane.settings).toEqual(settings[0]);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 3);
    template.resourceCountIs('AWS::Lambda::Function', 10);
  });

  it('a lane that is mistyped fails the synth as well', () => {
    const act = () =>
      new backstop.DependencyLane(ownStack(), 'Lane', { name: 'Stock' } as backstop.DependencyLaneProps);
    expect(act).toThrow(backstop.ConfigError);
  });
});

describe('the package', () => {
  it.each(Object.entries(manifest.exports))('has what it exports: %s', (_, { types, default: code }) => {
    const source = code.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts');
    expect(existsSync(join(ROOT, source))).toBe(true);
    expect(types).toBe(code.replace(/\.js$/, '.d.ts'));
    expect(build.include.some((included) => source === included || source.startsWith(`${included}/`))).toBe(true);
  });

  it('has the shared circuit for functions', () => {
    expect(Object.keys(circuit).toSorted()).toEqual([
      'CircuitNotConfiguredError',
      'CircuitOpenError',
      'circuitBreaker',
      'memoryCircuits',
    ]);
  });
});

describe('what a team can name in code of its own', () => {
  it('is every construct and what goes with them', () => {
    expect(Object.keys(backstop).toSorted()).toEqual([
      'AdoptedQueue',
      'AlarmGroup',
      'BackstopFunction',
      'CircuitFunction',
      'CircuitGuard',
      'ConfigError',
      'ConflictDashboard',
      'ConflictInsights',
      'CostDashboard',
      'Dashboards',
      'DependencyLane',
      'Escalations',
      'FailureStore',
      'Health',
      'InvocationFailures',
      'LaneAlarms',
      'LaneOrder',
      'Notifier',
      'OperatorAccess',
      'OutboxPublisher',
      'OverviewDashboard',
      'OwnAlarms',
      'ParkedLetters',
      'PipelineOutputs',
      'Reconciler',
      'RecoveryFunctions',
      'RecoveryMachine',
      'Redriver',
      'ResiliencePipeline',
      'Saga',
      'SagaFunction',
      'SagaRescue',
      'TryCatchFinally',
      'bundleHandlers',
      'toSettings',
    ]);
  });

  it('is what props are made of', () => {
    type Http = Required<backstop.HttpDependencyConfig>;
    type Settings = Required<backstop.DependencySettings>;
    expectTypeOf<backstop.AuthSettings>().toEqualTypeOf<Http['auth']>();
    expectTypeOf<backstop.Priority>().toEqualTypeOf<Http['priority']>();
    expectTypeOf<backstop.OwnRule>().toEqualTypeOf<Http['rules'][number]>();
    expectTypeOf<backstop.VerdictKind>().toEqualTypeOf<backstop.OwnRule['verdict']>();
    expectTypeOf<backstop.Category>().toEqualTypeOf<Required<backstop.OwnRule>['category']>();
    expectTypeOf<backstop.Effect>().toEqualTypeOf<Required<backstop.OwnRule>['effect']>();
    expectTypeOf<backstop.CircuitConfig>().toEqualTypeOf<Http['circuit']>();
    expectTypeOf<backstop.RetryBudgetConfig>().toEqualTypeOf<Http['retryBudget']>();
    expectTypeOf<backstop.FallbackConfig>().toEqualTypeOf<Http['fallback']>();
    expectTypeOf<backstop.ConflictConfig>().toEqualTypeOf<Http['conflict']>();
    expectTypeOf<backstop.RetrySettings>().toEqualTypeOf<Settings['retry']>();
    expectTypeOf<backstop.CircuitSettings>().toEqualTypeOf<Settings['circuit']>();
    expectTypeOf<backstop.RetryBudgetSettings>().toEqualTypeOf<Settings['retryBudget']>();
    expectTypeOf<backstop.FallbackSettings>().toEqualTypeOf<Settings['fallback']>();
    expectTypeOf<backstop.ConflictSettings>().toEqualTypeOf<Settings['conflict']>();
    expectTypeOf<backstop.DependencySettings>().toEqualTypeOf<backstop.HttpSettings | backstop.AwsSettings>();
    expectTypeOf<backstop.DependencySettings>().toEqualTypeOf<backstop.RecoveryFunctionsProps['settings'][number]>();
    expectTypeOf<backstop.RunbookSection>().toEqualTypeOf<backstop.EscalationProps['section']>();
    expectTypeOf<backstop.HandlerName>().toEqualTypeOf<backstop.BackstopFunctionProps['handler']>();
    expectTypeOf<backstop.AppConfig>().toExtend<backstop.BackstopConfig & backstop.PipelineOptions>();
    expectTypeOf<backstop.OutboxPublisherProps>().toExtend<backstop.SharedParts>();
    expectTypeOf<backstop.ReconcilerProps>().toExtend<backstop.SharedParts>();
  });
});
