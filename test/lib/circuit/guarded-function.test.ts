import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import type { CircuitSettings } from '../../../lambdas/contract/settings.ts';
import { ConfigError, FailureStore, ResiliencePipeline } from '../../../lib/index.ts';
import { named, ownStack, resource, standIns, testConfig } from '../templates.ts';

const dependencies = {
  ...testConfig.dependencies,
  tenants: { kind: 'http', baseUrl: 'https://tenants.example.com', circuit: { perTenant: true } } as const,
};

function scene() {
  const stack = ownStack();
  const pipeline = (id: string, store = new FailureStore(stack, `${id}State`)) =>
    new ResiliencePipeline(stack, id, { dependencies, handlers: standIns(), store });
  const code = Code.fromInline('exports.handler = () => {};');
  const fn = new LambdaFunction(stack, 'Checkout', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
  return { stack, fn, pipeline };
}

interface Statement {
  readonly Action: unknown;
  readonly Resource: unknown;
  readonly Condition: Readonly<Record<string, unknown>>;
}

describe('a function that is guarded', () => {
  const { stack, fn, pipeline } = scene();
  const backstop = pipeline('Backstop');
  for (const dependency of ['payments', 'tenants', 'payments']) backstop.guard(fn, dependency);
  const template = Template.fromStack(stack);
  const { Variables } = resource(template, 'AWS::Lambda::Function', 'Checkout').Properties.Environment;
  const statements: readonly Statement[] = resource(template, 'AWS::IAM::Policy', 'Checkout').Properties.PolicyDocument
    .Statement;

  it('receives the table, and the settings of every dependency that it calls', () => {
    expect(Object.keys(Variables)).toEqual(['BACKSTOP_SERVICE', 'BACKSTOP_CIRCUITS_TABLE', 'BACKSTOP_CIRCUITS']);
    expect(named(Variables.BACKSTOP_CIRCUITS_TABLE)).toBe('BackstopStateCircuits');
    const circuits: Readonly<Record<string, CircuitSettings>> = JSON.parse(Variables.BACKSTOP_CIRCUITS);
    expect(Object.keys(circuits)).toEqual(['payments', 'tenants']);
    expect(circuits.payments).toEqual(backstop.lanes.get('payments')?.settings.circuit);
    expect(circuits.tenants).toMatchObject({ perTenant: true });
  });

  it('may use the circuits of these dependencies only, item by item, and the key through DynamoDB only', () => {
    const onKey = { StringEquals: { 'kms:ViaService': expect.anything() } };
    const onItems = (keys: unknown) => ({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    });
    expect(statements.map(({ Resource, Condition }) => [named(Resource), Condition])).toEqual([
      ['BackstopStateCircuits', onItems(['payments'])],
      ['BackstopStateKey', onKey],
      ['BackstopStateCircuits', onItems(['tenants', 'tenants/*'])],
    ]);
    expect(new Set(statements.flatMap(({ Action }) => Action))).toEqual(
      new Set([
        'dynamodb:GetItem',
        'dynamodb:UpdateItem',
        ...['Decrypt', 'DescribeKey', 'Encrypt', 'GenerateDataKey', 'ReEncryptFrom', 'ReEncryptTo'].map(
          (action) => `kms:${action}`,
        ),
      ]),
    );
  });

  it('fails the synth for a dependency that the config does not have', () => {
    expect(() => backstop.guard(fn, 'payment')).toThrow(
      new ConfigError([
        "dependency must be one of 'payments', 'stock-levels', 'tenants' (or add it to the config), got 'payment'",
      ]),
    );
  });

  it('may be guarded by one pipeline only, since it knows one table', () => {
    const own = scene();
    const first = own.pipeline('First');
    first.guard(own.fn, 'payments');
    first.guard(own.fn, 'tenants');
    const other = own.pipeline('Second');
    expect(() => other.guard(own.fn, 'payments')).toThrow(
      new ConfigError([
        'function Own/Checkout must be guarded by one pipeline, got a second one: a function reads one table of circuits',
      ]),
    );
  });
});
