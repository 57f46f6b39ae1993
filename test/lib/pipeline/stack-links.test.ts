import { type App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Group, type ManagedPolicy, Role, type RoleProps, User } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { CustomState, DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
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
  return { stack, fn, queue: new Queue(stack, 'Jobs'), letters: new Queue(stack, 'Letters') };
}
type Team = ReturnType<typeof teamStack>;

const api = { kind: 'http', baseUrl: 'https://payments.example.com' } as const;

/** Ways in which a pipeline needs a resource of a team. */
const HOLDS: readonly (readonly [string, (team: Team) => DependencyConfig])[] = [
  ['a function', ({ fn }) => ({ kind: 'lambda', functionArn: fn.functionArn })],
  ['a queue', ({ queue }) => ({ kind: 'queue', queueArn: queue.queueArn })],
  [
    'a dead-letter queue',
    ({ letters }) => ({
      kind: 'lambda',
      functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:a',
      deadLetterQueueArn: letters.queueArn,
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
  [
    "escalations of saga 'Shop/Telling'",
    ({ stack }, { escalations }) => {
      const state = (id: string) => new CustomState(stack, id, { stateJson: { Type: 'Pass', ResultPath: null } });
      const steps = [{ name: 'Book', action: state('Book'), undo: state('Cancel') }];
      const saga = new Saga(stack, 'Telling', { steps, escalations });
      new StateMachine(stack, 'Trips', { definitionBody: DefinitionBody.fromChainable(saga) });
    },
  ],
];

/** Ways in which the on-call engineer gets the policies. */
const ATTACHES: readonly (readonly [string, (stack: Stack, policies: readonly ManagedPolicy[]) => void])[] = [
  [
    'addManagedPolicy of a role',
    (stack, policies) => {
      const role = onCall(stack);
      for (const policy of policies) role.addManagedPolicy(policy);
    },
  ],
  ['managedPolicies of a role', (stack, policies) => void onCall(stack, { managedPolicies: [...policies] })],
  [
    'managedPolicies of a group',
    (stack, policies) => void new Group(stack, 'OnCall', { managedPolicies: [...policies] }),
  ],
  [
    'an output',
    (stack, policies) => {
      const parts = new Construct(stack, 'OnCall');
      for (const { managedPolicyArn: value, node } of policies) new CfnOutput(parts, node.id, { value });
    },
  ],
];

function onCall(stack: Stack, props: Partial<RoleProps> = {}): Role {
  return new Role(stack, 'OnCall', { ...props, assumedBy: new AccountRootPrincipal() });
}

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

describe('the policies of the operator', () => {
  const refusal = (by: string, [user, used]: readonly [string, string], back: string) =>
    `${by} must not make the stacks '${user}' and '${used}' refer to each other, got ${back} in the other direction: move one of them to a third stack, or write the ARN as text`;

  it.each(ATTACHES)('go to another stack by %s, unless that has a dependency', (_, attach) => {
    for (const isHeld of [false, true]) {
      const { app, team, stack, made } = scene(
        ({ fn }): Readonly<Record<string, DependencyConfig>> =>
          isHeld ? { held: { kind: 'lambda', functionArn: fn.functionArn } } : {},
      );
      const { policies } = made.operatorAccess;
      expect(new Set(policies.map((policy) => policy.constructor)).size).toBe(1);
      attach(team.stack, isHeld ? policies.slice(-1) : policies);
      if (!isHeld) {
        app.synth();
        expect(team.stack.dependencies).toEqual([stack]);
        continue;
      }
      const error = thrownBy(() => app.synth());
      expect(error).toBeInstanceOf(ConfigError);
      const { mistakes } = error as ConfigError;
      expect(mistakes).toEqual([refusal("operatorAccess of 'Shop/OnCall'", ['Shop', 'Backstop'], "dependency 'held'")]);
    }
  });

  it.each([
    ['role', (policy: ManagedPolicy, stack: Stack) => policy.attachToRole(onCall(stack))],
    ['user', (policy: ManagedPolicy, stack: Stack) => policy.attachToUser(new User(stack, 'OnCall'))],
    ['group', (policy: ManagedPolicy, stack: Stack) => policy.attachToGroup(new Group(stack, 'OnCall'))],
  ])('attach themselves to a %s of another stack, unless that refers to them', (_, attach) => {
    const one = scene({});
    const [own] = one.made.operatorAccess.policies;
    if (own) attach(own, one.team.stack);
    one.app.synth();
    expect(one.stack.dependencies).toContain(one.team.stack);

    const other = scene({});
    other.made.bus.grantPutEventsTo(other.team.fn);
    const [policy] = other.made.operatorAccess.policies;
    expect(() => policy && attach(policy, other.team.stack)).toThrow(
      new ConfigError([
        refusal(
          "operatorAccess, attached to 'Shop/OnCall',",
          ['Backstop', 'Shop'],
          "grantPutEventsTo('Shop/Checkout')",
        ),
      ]),
    );
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

it('refuses a function that reports, in a stack that has the store', () => {
  const app = ownApp();
  const { stack: shop, fn } = teamStack(app);
  const stack = new Stack(app, 'Backstop');
  const store = new FailureStore(shop, 'Store');
  const dependencies = { payments: api };
  const made = new ResiliencePipeline(stack, 'Backstop', {
    dependencies,
    handlers: standIns(),
    dashboards: false,
    store,
  });
  expect(() => made.bus.grantPutEventsTo(fn)).toThrow(
    /^grantPutEventsTo\('Shop\/Checkout'\) must not make the stacks 'Shop' and 'Backstop' refer to each other, got store in/,
  );
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
