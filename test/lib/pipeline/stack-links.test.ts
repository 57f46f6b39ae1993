import { type App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { CustomState, DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { describe, expect, it } from 'vitest';
import {
  CircuitGuard,
  ConfigError,
  type DependencyConfig,
  FailureStore,
  ReportFailure,
  ResiliencePipeline,
  Saga,
} from '../../../lib/index.ts';
import { linkReferences, linkStacks } from '../../../lib/parts/stack-links.ts';
import { ownApp, resource, standIns } from '../templates.ts';

/** A stack of a team with a function, a machine that starts with a saga, and a queue. */
function teamStack(app: App, props: { readonly env?: { readonly account: string; readonly region: string } } = {}) {
  const stack = new Stack(app, 'Shop', props);
  const code = Code.fromInline('exports.handler = () => {};');
  const fn = new LambdaFunction(stack, 'Checkout', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
  return { stack, fn, queue: new Queue(stack, 'Jobs') };
}
type Team = ReturnType<typeof teamStack>;

const api = { kind: 'http', baseUrl: 'https://payments.example.com' } as const;

/** Ways in which a pipeline needs a resource of a team. */
const HOLDS: readonly (readonly [string, (team: Team) => DependencyConfig])[] = [
  ['a function', ({ fn }) => ({ kind: 'lambda', functionArn: fn.functionArn })],
  ['a queue', ({ queue }) => ({ kind: 'queue', queueArn: queue.queueArn })],
  [
    'a dead-letter queue',
    ({ queue }) => ({
      kind: 'lambda',
      functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:a',
      deadLetterQueueArn: queue.queueArn,
    }),
  ],
  ['a resolver', ({ fn }) => ({ ...api, conflict: { strategy: 'function', functionArn: fn.functionArn } })],
  ['an address', ({ queue }) => ({ ...api, baseUrl: `https://${queue.queueName}.example.com` })],
];

/** Ways in which a team needs the pipeline, by a reference. */
const USES: readonly (readonly [string, (team: Team, made: ResiliencePipeline) => void])[] = [
  ["grantPutEventsTo('Shop/Checkout')", ({ fn }, { bus }) => void bus.grantPutEventsTo(fn)],
  ["reportsFrom('Shop/Checkout')", ({ fn }, made) => made.reportsFrom(fn, 'payments')],
  [
    "ReportFailure 'Shop/Report'",
    ({ stack }, { reports }) =>
      new StateMachine(stack, 'Reporting', {
        definitionBody: DefinitionBody.fromChainable(
          new ReportFailure(stack, 'Report', { reports, dependency: 'payments', failureId: 'a', operation: {} }),
        ),
      }),
  ],
  [
    "CircuitGuard 'Shop/Guarded'",
    ({ stack }, { circuitFunction: circuits }) =>
      new StateMachine(stack, 'Charges', {
        definitionBody: DefinitionBody.fromChainable(
          new CircuitGuard(stack, 'Guarded', { dependency: 'payments', circuits, guarded: new Pass(stack, 'Pay') }),
        ),
      }),
  ],
  [
    "rescue of 'Shop/Orders'",
    ({ stack }, made) => {
      const stateJson = { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:sqs:listQueues', ResultPath: null };
      const state = (id: string) => new CustomState(stack, id, { stateJson });
      const saga = new Saga(stack, 'Order', {
        steps: [{ name: 'Charge', action: state('Charge'), undo: state('Refund') }],
      });
      const machine = new StateMachine(stack, 'Orders', { definitionBody: DefinitionBody.fromChainable(saga) });
      made.rescue(saga, machine);
    },
  ],
];

function scene(
  held: Readonly<Record<string, DependencyConfig>> | ((team: Team) => Readonly<Record<string, DependencyConfig>>),
  own: { readonly store?: boolean } = {},
) {
  const app = ownApp();
  const team = teamStack(app);
  const stack = new Stack(app, 'Backstop');
  const store = own.store ? new FailureStore(new Stack(app, 'State'), 'Store') : undefined;
  const dependencies = { payments: api, ...(typeof held === 'function' ? held(team) : held) };
  const made = new ResiliencePipeline(stack, 'Backstop', {
    dependencies,
    handlers: standIns(),
    dashboards: false,
    store,
  });
  return { app, team, stack, made };
}

describe('a function that is guarded from another stack', () => {
  const names = ['function', 'queue', 'letters', 'resolver', 'address'];
  const { app, team, stack, made } = scene((held) =>
    Object.fromEntries(HOLDS.map(([, hold], at) => [names[at] ?? '', hold(held)])),
  );

  it('makes no cycle where its stack also holds dependencies of any kind', () => {
    made.guard(team.fn, 'payments');
    app.synth();
    expect(stack.dependencies).toContain(team.stack);
    expect(team.stack.dependencies).toEqual([]);
  });

  it.each(USES)("can't be one of a stack that refers back by %s", (by, use) => {
    expect(() => use(team, made)).toThrow(
      new ConfigError([
        `${by} must not make the stacks 'Shop' and 'Backstop' refer to each other, got dependency 'function' in the other direction: move one of them to a third stack, or write the ARN as text`,
      ]),
    );
  });

  it('knows the table and the key by names that they have', () => {
    const { app, team, stack, made } = scene({}, { store: true });
    made.guard(team.fn, 'payments');
    expect(team.stack.dependencies).toEqual([]);
    const [shop, state] = [team.stack, app.node.findChild('State') as Stack].map((each) => Template.fromStack(each));
    const { TableName } = resource(state as Template, 'AWS::DynamoDB::Table', 'StoreCircuits').Properties;
    const { AliasName } = resource(state as Template, 'AWS::KMS::Alias', 'StoreKey').Properties;
    expect(TableName).toMatch(/^State-[\da-f]{8}-circuits$/);
    const { Variables } = resource(shop as Template, 'AWS::Lambda::Function', 'Checkout').Properties.Environment;
    expect(Variables.BACKSTOP_CIRCUITS_TABLE).toBe(TableName);
    const { Statement } = resource(shop as Template, 'AWS::IAM::Policy', 'Checkout').Properties.PolicyDocument;
    expect(JSON.stringify(Statement[0].Resource)).toContain(`:table/${TableName}`);
    expect(Statement[1].Condition['ForAnyValue:StringEquals']).toEqual({ 'kms:ResourceAliases': AliasName });
    expect(stack.dependencies).not.toContain(team.stack);
  });

  it('must be in the account and the region of the store', () => {
    const app = ownApp();
    const team = teamStack(app, { env: { account: '111122223333', region: 'eu-west-1' } });
    const stack = new Stack(app, 'Backstop', { env: { account: '111122223333', region: 'us-east-1' } });
    const made = new ResiliencePipeline(stack, 'Backstop', { dependencies: { payments: api }, handlers: standIns() });
    expect(() => made.guard(team.fn, 'payments')).toThrow(
      new ConfigError([
        "function Shop/Checkout must be in the region of the pipeline's store, 'us-east-1', got 'eu-west-1'",
      ]),
    );
  });
});

describe('two stacks', () => {
  it('may refer in one direction, and not in the other then', () => {
    const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:a';
    const { app, team, stack, made } = scene({ resize: { kind: 'lambda', functionArn } });
    for (const [, use] of USES) use(team, made);
    app.synth();
    expect(team.stack.dependencies).toEqual([stack]);
    expect(() => made.recoverFailuresOf(team.fn, 'resize')).toThrow(
      /^recoverFailuresOf\('resize'\) must not make the stacks 'Backstop' and 'Shop' refer to each other, got grantPutEventsTo/,
    );
  });

  it.each(HOLDS)('refer by %s', (_, hold) => {
    const app = ownApp();
    const [team, stack] = [teamStack(app), new Stack(app, 'Backstop')];
    linkReferences(stack, hold(team), "dependency 'held'");
    expect(() => linkStacks(team.fn, stack, 'a grant')).toThrow(/^a grant must not make .* got dependency 'held'/);
  });
});
