import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { ReportingSettings } from '../../../lambdas/contract/report-settings.ts';
import { ConfigError, ResiliencePipeline } from '../../../lib/index.ts';
import { named, ownApp, ownStack, resource, resourcesOf, standIns } from '../templates.ts';

const http = (name: string) => ({ kind: 'http', baseUrl: `https://${name}.example.com` }) as const;
const dependencies = {
  payments: {
    ...http('payments'),
    idempotencyKeys: true,
    auth: { scheme: 'api-key', secretName: 'payments', header: 'x-payment-key' },
    accepts: { sources: ['my.shop', 'my.till'], paths: ['/charges'], accounts: ['111122223333'] },
    conflict: { strategy: 'ask' },
    rules: [{ name: 'sold-out', when: { statusCodes: [409] }, verdict: 'expected' }],
  },
  stock: http('stock'),
  large: {
    ...http('large'),
    accepts: { paths: Array.from({ length: 100 }, (_, n) => `/a-path-that-is-quite-long/${n}`) },
  },
  resize: { kind: 'lambda', functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:resize' },
} as const;

function scene(stack: Stack = ownStack()) {
  const pipeline = new ResiliencePipeline(stack, 'Backstop', { dependencies, handlers: standIns() });
  const code = Code.fromInline('exports.handler = () => {};');
  const fn = new LambdaFunction(stack, 'Checkout', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
  return { stack, pipeline, fn };
}

/** The settings as the function reads them, with names in place of what only the deployment knows. */
function told(template: Template): ReportingSettings {
  const { Variables } = resource(template, 'AWS::Lambda::Function', 'Checkout').Properties.Environment;
  return JSON.parse(named(Variables.BACKSTOP_REPORTS));
}

describe('a function that reports', () => {
  const { stack, pipeline, fn } = scene();
  for (const dependency of ['payments', 'stock', 'resize', 'stock']) pipeline.reportsFrom(fn, dependency);
  const template = Template.fromStack(stack);
  const { Statement } = resource(template, 'AWS::IAM::Policy', 'Checkout').Properties.PolicyDocument;

  it('learns where to report, and what the lanes take', () => {
    expect(told(template)).toEqual({
      bus: 'BackstopBus',
      dependencies: {
        payments: {
          kind: 'http',
          baseUrl: 'https://payments.example.com',
          timeoutMs: expect.any(Number),
          idempotencyKeys: true,
          auth: { header: 'x-payment-key' },
          accepts: { paths: ['/charges'] },
          source: 'my.shop',
          queue: 'BackstopReportsmyshopQueue',
          rules: dependencies.payments.rules,
          resolvesConflicts: true,
        },
        stock: {
          kind: 'http',
          baseUrl: 'https://stock.example.com',
          timeoutMs: expect.any(Number),
          idempotencyKeys: false,
          source: 'backstop.report',
          queue: 'BackstopReportsbackstopreportQueue',
        },
        resize: expect.objectContaining({ kind: 'lambda', repeatable: true }),
      },
    });
  });

  it('may put reports of its sources only, and send them to the queues of these sources', () => {
    const put = Statement.filter(({ Action }: { Action: unknown }) => Action === 'events:PutEvents');
    const conditions = new Set(put.map(({ Condition }: { Condition: object }) => JSON.stringify(Condition)));
    expect([...conditions].map((condition) => JSON.parse(String(condition)))).toEqual(
      ['my.shop', 'backstop.report'].map((source) => ({
        StringEquals: { 'events:detail-type': 'Operation Failed', 'events:source': source },
      })),
    );
    const actions = new Set(Statement.flatMap(({ Action }: { Action: unknown }) => Action));
    const others = [...actions].filter((action) => !/^(?:kms|dynamodb):/.test(String(action)));
    expect(others.toSorted()).toEqual(['events:PutEvents', 'sqs:SendMessage']);
  });

  it('uses the circuits of the HTTP APIs', () => {
    const { Variables } = resource(template, 'AWS::Lambda::Function', 'Checkout').Properties.Environment;
    expect(Object.keys(JSON.parse(Variables.BACKSTOP_CIRCUITS))).toEqual(['payments', 'stock']);
  });

  it('has pipes that bring waiting reports to the bus, each from one source', () => {
    const pipes = Object.values(resourcesOf(template, 'AWS::Pipes::Pipe')).map(({ Properties }) => Properties);
    expect(
      pipes.map(({ Source, Target, TargetParameters }) => [named(Source), named(Target), TargetParameters]),
    ).toEqual(
      ['my.shop', 'backstop.report'].map((source) => [
        `BackstopReports${source.replace('.', '')}Queue`,
        'BackstopBus',
        {
          InputTemplate: '<$.body>',
          EventBridgeEventBusParameters: { DetailType: 'Operation Failed', Source: source },
        },
      ]),
    );
    expect(new AwsSolutionsChecks(stack).validateScope(pipeline).violations).toEqual([]);
  });

  it('has pipes that put one report at a time, because large ones together exceed a request to the bus', () => {
    const pipes = Object.values(resourcesOf(template, 'AWS::Pipes::Pipe'));
    const sizes = pipes.map(({ Properties }) => Properties.SourceParameters.SqsQueueParameters.BatchSize);
    expect(sizes).toEqual([1, 1]);
  });

  it('has a queue for each source, even if their names differ in a slash only', () => {
    const twins = { one: ['my/shop'], other: ['my-shop'] };
    const own = Object.entries(twins).map(([name, sources]) => [name, { ...http(name), accepts: { sources } }]);
    const other = ownStack();
    const { reports } = new ResiliencePipeline(other, 'Backstop', {
      dependencies: Object.fromEntries(own),
      handlers: standIns(),
      dashboards: false,
    });
    const urls = Object.keys(twins).map((name) => other.resolve(reports.wayOf(name).queue.queueUrl));
    expect(new Set(urls.map((url) => JSON.stringify(url))).size).toBe(2);
  });
});

describe('somebody else who reports', () => {
  it('may put reports, without more', () => {
    const { stack, pipeline } = scene();
    const role = new Role(stack, 'Reporter', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    pipeline.reportsFrom(role, 'stock');
    const { Statement } = resource(Template.fromStack(stack), 'AWS::IAM::Policy', 'Reporter').Properties.PolicyDocument;
    const actions = Statement.flatMap(({ Action }: { Action: unknown }) => Action);
    expect(actions).toEqual(['events:PutEvents', 'sqs:SendMessage', 'kms:Decrypt', 'kms:GenerateDataKey']);
  });

  it('is admitted by the bus, if it belongs to another account', () => {
    const stack = new Stack(ownApp(), 'Here', { env: { account: '111122223333', region: 'us-east-1' } });
    const { pipeline } = scene(stack);
    pipeline.reportsFrom(Role.fromRoleArn(stack, 'Theirs', 'arn:aws:iam::444455556666:role/shop'), 'stock');
    const template = Template.fromStack(stack);
    expect(
      resource(template, 'AWS::Events::EventBusPolicy', 'BackstopBuscdkReports').Properties.Statement,
    ).toMatchObject({
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Principal: { AWS: 'arn:aws:iam::444455556666:role/shop' },
      Condition: { StringEquals: { 'events:detail-type': 'Operation Failed' } },
    });
    expect(resourcesOf(template, 'AWS::Pipes::Pipe')).toEqual({});
  });
});

describe('a mistake', () => {
  const { pipeline, fn } = scene();

  it('names the known dependencies', () => {
    expect(() => pipeline.reportsFrom(fn, 'payment')).toThrow(
      "dependency must be one of 'payments', 'stock', 'large', 'resize' (or add it to the config), got 'payment'",
    );
  });

  it.each([
    [['aws.states', 'lambda', 'backstop.operator', 'my.shop'], 'my.shop'],
    [['my.shop', 'my.till'], 'my.shop'],
    [undefined, 'backstop.report'],
  ])('passes over sources that no report may have: of %j it takes %s', (sources, expected) => {
    expect(sourceFor(sources)).toBe(expected);
  });

  it.each([[['aws.states']], [['lambda', 'backstop.operator']], [['backstop']]])(
    'is a dependency with no source that a report may have: %j',
    (sources) => {
      expect(() => sourceFor(sources)).toThrow(
        "dependency 'shop': accepts.sources must list a source for reports, such as 'backstop.report', got",
      );
    },
  );

  it('is a dependency that is too large for the environment of a function', () => {
    expect(() => pipeline.reportsFrom(fn, 'large')).toThrow(ConfigError);
  });
});

/** The source of reports of a dependency that accepts these sources. */
function sourceFor(sources: readonly string[] | undefined): string {
  const shop = { ...http('shop'), ...(sources && { accepts: { sources } }) };
  const props = { dependencies: { shop }, handlers: standIns(), dashboards: false };
  return new ResiliencePipeline(ownStack(), 'Backstop', props).reports.wayOf('shop').source;
}
