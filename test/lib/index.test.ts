import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as circuit from '../../lambdas/adapters/circuit/library.ts';
import * as report from '../../lambdas/adapters/report/library.ts';
import * as backstop from '../../lib/index.ts';
import { standIns, temporaryFolder, testConfig } from './templates.ts';

/** A stack in your app, without Backstop's feature flags. */
function ownStack(): Stack {
  return new Stack(new App({ outdir: temporaryFolder(), builtinCloudFormationValidation: false }), 'Own');
}

describe('in your app', () => {
  it('a pipeline brings its own store', () => {
    const stack = ownStack();
    const pipeline = new backstop.ResiliencePipeline(stack, 'Backstop', { ...testConfig, handlers: standIns() });
    const template = Template.fromStack(stack);
    expect(() => template.resourceCountIs('AWS::DynamoDB::Table', 4)).not.toThrow();
    expect([...pipeline.lanes.keys()]).toEqual(['payments', 'stock-levels']);
    expect(new AwsSolutionsChecks(stack).validateScope(stack).violations).toEqual([]);
  });

  it('two pipelines have a bundle each', () => {
    const stack = ownStack();
    const handlers = standIns();
    for (const name of ['first', 'second']) {
      const dependencies = { [name]: { kind: 'http', baseUrl: `https://${name}.example.com` } as const };
      new backstop.ResiliencePipeline(stack, name, { dependencies, handlers });
    }
    const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
    expect(new Set(functions.map(({ Properties }) => Properties.Code.S3Key)).size).toBe(2);
  });
});

it('the package has the shared circuit for functions', () => {
  expect(Object.keys(circuit).toSorted()).toEqual([
    'CircuitNotConfiguredError',
    'CircuitOpenError',
    'circuitBreaker',
    'memoryCircuits',
  ]);
});

describe('the reports of your functions', () => {
  it('have these names', () => {
    expect(Object.keys(report).toSorted()).toEqual([
      'CallFailedError',
      'InvalidReportError',
      'NotReportedError',
      'ReportTooLargeError',
      'ReportedError',
      'ReportsNotConfiguredError',
      'backstop',
      'memoryReports',
      'reportErrors',
      'reportFailure',
      'reportedRecords',
      'saga',
    ]);
  });
});

describe('what your code can name', () => {
  it('is the constructs, the store and the error of a wrong config', () => {
    expect(Object.keys(backstop).toSorted()).toEqual([
      'CircuitGuard',
      'ConfigError',
      'FailureStore',
      'PipelineOutputs',
      'ReportFailure',
      'ResiliencePipeline',
      'Saga',
      'TryCatchFinally',
    ]);
  });
});

// What props are made of, and what a pipeline holds. Only the type check can fail here.
type Http = Required<backstop.HttpDependencyConfig>;
type Pipeline = Required<backstop.ResiliencePipelineProps>;
expectTypeOf<backstop.DependencyConfig>().toEqualTypeOf<Pipeline['dependencies'][string]>();
expectTypeOf<backstop.AlarmConfig>().toEqualTypeOf<Pipeline['alarms']>();
expectTypeOf<backstop.EscalationConfig>().toEqualTypeOf<Pipeline['escalation']>();
expectTypeOf<backstop.OwnRule>().toEqualTypeOf<Http['rules'][number]>();
expectTypeOf<backstop.RetryConfig>().toEqualTypeOf<Http['retry']>();
expectTypeOf<backstop.CircuitConfig>().toEqualTypeOf<Http['circuit']>();
expectTypeOf<backstop.FallbackConfig>().toEqualTypeOf<Http['fallback']>();
expectTypeOf<backstop.ConflictConfig>().toEqualTypeOf<Http['conflict']>();
expectTypeOf<backstop.RedriveConfig>().toEqualTypeOf<Http['redrive']>();
expectTypeOf<backstop.AppConfig>().toExtend<Omit<backstop.ResiliencePipelineProps, 'store'>>();
type Lane = NonNullable<ReturnType<backstop.ResiliencePipeline['lanes']['get']>>;
expectTypeOf<backstop.DependencyLane>().toEqualTypeOf<Lane>();
expectTypeOf<backstop.OperatorAccess>().toEqualTypeOf<backstop.ResiliencePipeline['operatorAccess']>();
expectTypeOf<backstop.Escalations>().toEqualTypeOf<Required<backstop.SagaProps>['escalations']>();
