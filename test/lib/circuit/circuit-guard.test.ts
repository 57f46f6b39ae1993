import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  CustomState,
  DefinitionBody,
  Fail,
  type IChainable,
  Pass,
  Result,
  StateMachine,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { guard } from '../../../lambdas/use-cases/circuit/guard.ts';
import type { CircuitFunction } from '../../../lib/circuit/circuit-function.ts';
import { CircuitGuard, type CircuitGuardProps, ConfigError, ResiliencePipeline } from '../../../lib/index.ts';
import { sampleCircuits } from '../../support/circuits.ts';
import { NOW, sampleSettings } from '../../support/samples.ts';
import { definitionOf, failure, type Run, run, statesOf } from '../machine-runner.ts';
import { named, resourcesOf, standIns, temporaryFolder, testConfig } from '../templates.ts';

const CHARGE = 'arn:aws:lambda:us-east-1:123456789012:function:charge';
const permit = { generation: 3 };
const OPEN = { admitted: false, retryAt: '2026-03-01T12:00:30.000Z' };

function task(stack: Stack, name: string): CustomState {
  return new CustomState(stack, name, { stateJson: { Type: 'Task', Resource: CHARGE } });
}

/** A machine of a team's own, with a pipeline beside it. */
function machineOf(build: (stack: Stack, circuits: CircuitFunction) => IChainable) {
  const stack = new Stack(new App({ outdir: temporaryFolder(), builtinCloudFormationValidation: false }), 'Own');
  const { circuitFunction } = new ResiliencePipeline(stack, 'Backstop', { ...testConfig, handlers: standIns() });
  const machine = new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(build(stack, circuitFunction)),
  });
  const template = Template.fromStack(stack);
  const id = stack.getLogicalId(machine.node.defaultChild as never);
  const policy = machine.role.node.findChild('DefaultPolicy').node.defaultChild as never;
  return {
    stack,
    definition: definitionOf(template, id),
    statements: resourcesOf(template, 'AWS::IAM::Policy')[stack.getLogicalId(policy)]?.Properties.PolicyDocument
      .Statement as readonly unknown[],
  };
}

type Blocks = Omit<CircuitGuardProps, 'circuits' | 'dependency' | 'guarded'>;

function guardedCharge(more: (stack: Stack) => Blocks = () => ({})) {
  return machineOf((stack, circuits) =>
    new CircuitGuard(stack, 'Payments', {
      dependency: 'payments',
      circuits,
      guarded: task(stack, 'Charge'),
      ...more(stack),
    }).next(task(stack, 'Ship')),
  );
}

const orElse = (stack: Stack) => ({ whenOpen: task(stack, 'Send an invoice') });

/** Runs a machine with tasks that note what they are given; each answer of `ask` is given once. */
async function runs(
  { definition }: Pick<ReturnType<typeof machineOf>, 'definition'>,
  {
    ask = [{ admitted: true, permit }],
    input = { order: 1 },
    tasks = {},
  }: { readonly ask?: readonly unknown[] } & Partial<Run> = {},
) {
  const given: [string, unknown][] = [];
  const answers = [...ask];
  const all: Run['tasks'] = {
    'Payments: ask the circuit': () => answers.shift(),
    'Payments: report the success': () => ({}),
    'Payments: report the failure': () => ({}),
    Charge: () => ({ charged: true }),
    'Send an invoice': () => ({ invoiced: true }),
    Ship: (received) => received,
    ...tasks,
  };
  const noting = Object.entries(all).map(([name, answer]) => {
    const noted = (received: Record<string, unknown>) => {
      given.push([name, received]);
      return answer(received);
    };
    return [name, noted] as const;
  });
  const ran = await run(definition, { input, tasks: Object.fromEntries(noting) });
  return { ran, given };
}

const fails = (name: string) => () => {
  throw failure(name);
};

describe('CircuitGuard', () => {
  it('makes the call where the circuit lets it pass, and counts its success, in five transitions of its own', async () => {
    const { ran, given } = await runs(guardedCharge());
    expect(ran).toEqual({
      status: 'SUCCEEDED',
      output: { charged: true },
      states: [
        'Payments: guard',
        'Payments: ask the circuit',
        'Payments: may it be called?',
        'Payments: guarded',
        'Charge',
        'Payments: report the success',
        'Ship',
      ],
    });
    expect(given).toEqual([
      ['Payments: ask the circuit', { action: 'ask', dependency: 'payments' }],
      ['Charge', { order: 1 }],
      ['Payments: report the success', { action: 'report', dependency: 'payments', permit }],
      ['Ship', { charged: true }],
    ]);
  });

  it('counts a failure, and fails with the error of the call', async () => {
    const { ran, given } = await runs(guardedCharge(), { tasks: { Charge: fails('TimeoutError') } });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'TimeoutError' });
    expect(ran.states.slice(-3)).toEqual(['Charge', 'Payments: report the failure', 'Payments: failed']);
    expect(given.at(-1)).toEqual([
      'Payments: report the failure',
      {
        action: 'report',
        dependency: 'payments',
        permit,
        error: expect.objectContaining({ Error: 'TimeoutError', Cause: 'because of TimeoutError' }),
      },
    ]);
  });

  it('waits while the circuit is open, and asks again', async () => {
    const { ran } = await runs(guardedCharge(), { ask: [OPEN, OPEN, { admitted: true, permit }] });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { charged: true } });
    const asking = ['Payments: ask the circuit', 'Payments: may it be called?'];
    const wait = 'Payments: wait for the circuit';
    expect(ran.states.slice(1, -4)).toEqual([...asking, wait, ...asking, wait, ...asking]);
    expect(statesOf(guardedCharge().definition)[wait]).toMatchObject({ TimestampPath: '$.circuit.retryAt' });
  });

  it('does something else while the circuit is open, where there is something, on the input as it came', async () => {
    const { ran, given } = await runs(guardedCharge(orElse), { ask: [OPEN] });
    expect(ran).toEqual({
      status: 'SUCCEEDED',
      output: { invoiced: true },
      states: [
        'Payments: guard',
        'Payments: ask the circuit',
        'Payments: may it be called?',
        'Payments: the circuit is open',
        'Send an invoice',
        'Ship',
      ],
    });
    expect(given.slice(1)).toEqual([
      ['Send an invoice', { order: 1 }],
      ['Ship', { invoiced: true }],
    ]);
  });

  it('makes the call where the circuit can not be asked, and has nothing to count it by', async () => {
    const { ran, given } = await runs(guardedCharge(), {
      tasks: { 'Payments: ask the circuit': fails('InternalError') },
    });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { charged: true } });
    expect(given.slice(1)).toEqual([
      ['Charge', { order: 1 }],
      ['Payments: report the success', { action: 'report', dependency: 'payments', permit: null }],
      ['Ship', { charged: true }],
    ]);
  });

  it.each([
    [
      'success',
      { 'Payments: report the success': fails('InternalError') },
      { status: 'SUCCEEDED', output: { charged: true } },
    ],
    [
      'failure',
      { 'Payments: report the failure': fails('InternalError'), Charge: fails('TimeoutError') },
      { status: 'FAILED', error: 'TimeoutError' },
    ],
  ])('leaves a %s as it is that can not be told', async (_, tasks: Run['tasks'], end) => {
    expect((await runs(guardedCharge(), { tasks })).ran).toMatchObject(end);
  });

  it('can be caught as a whole, whatever its input', async () => {
    const machine = machineOf((stack, circuits) => {
      const guard = new CircuitGuard(stack, 'Payments', {
        dependency: 'payments',
        circuits,
        guarded: new Fail(stack, 'Declined', { error: 'CardError', cause: 'declined' }),
      });
      (guard.startState as unknown as CustomState).addCatch(new Pass(stack, 'Tell', { resultPath: '$.told' }), {
        resultPath: '$.error',
      });
      return guard.next(new Succeed(stack, 'Done'));
    });
    const { ran } = await runs(machine, { input: { circuit: 'mine', input: 'mine' } });
    expect(ran.states.slice(-2)).toEqual(['Payments: failed', 'Tell']);
    expect(ran.output).toMatchObject({ circuit: 'mine', input: 'mine', error: { Error: 'CardError' } });
  });

  it('names the tenant of the input', async () => {
    const { given } = await runs(
      guardedCharge(() => ({ tenantPath: '$.customer.tenant' })),
      {
        input: { customer: { tenant: 'acme' } },
      },
    );
    expect(given.filter(([name]) => name.startsWith('Payments:')).map(([, received]) => received)).toEqual([
      { action: 'ask', dependency: 'payments', tenant: 'acme' },
      { action: 'report', dependency: 'payments', tenant: 'acme', permit },
    ]);
  });

  it('stands beside another for the same dependency, and lets the machine call the one function that both ask', () => {
    const { stack, definition, statements } = machineOf((scope, circuits) => {
      const guard = (id: string) =>
        new CircuitGuard(scope, id, {
          dependency: 'payments',
          circuits,
          guarded: new Pass(scope, `Call of ${id}`, { result: Result.fromString(id) }),
        });
      return guard('First').next(guard('Second'));
    });
    expect(Object.keys(statesOf(definition))).toEqual(
      expect.arrayContaining(['First: ask the circuit', 'Second: ask the circuit']),
    );
    expect(statements).toEqual([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } },
    ]);
    expect(statements.map((statement) => named((statement as { Resource: unknown }).Resource))).toEqual([
      'BackstopCircuit',
    ]);
    const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
    expect(violations.map(({ ruleName }) => ruleName).filter((rule) => rule.includes('IAM'))).toEqual([]);
  });

  it.each<[string, (stack: Stack, circuits: CircuitFunction) => CircuitGuardProps]>([
    [
      "dependency must be one of 'payments', 'stock-levels' (or be added to the config), got 'payment'",
      (stack, circuits) => ({ dependency: 'payment', circuits, guarded: task(stack, 'Charge') }),
    ],
    [
      "tenantPath must be a path into the input such as '$.tenant', got 'tenant'",
      (stack, circuits) => ({
        dependency: 'payments',
        circuits,
        guarded: task(stack, 'Charge'),
        tenantPath: 'tenant',
      }),
    ],
  ])('fails the synth where it is mistyped: %s', (mistake, props) => {
    const act = () => machineOf((stack, circuits) => new CircuitGuard(stack, 'Payments', props(stack, circuits)));
    expect(act).toThrow(new ConfigError([mistake]));
  });
});

it('goes by the circuit that functions share, and opens it by what its calls come to', async () => {
  const { circuits } = sampleCircuits(() => NOW);
  const answer = (request: unknown) => guard(request, { settings: () => sampleSettings(), circuits });
  const shared = Object.fromEntries(
    ['ask the circuit', 'report the success', 'report the failure'].map((name) => [`Payments: ${name}`, answer]),
  );
  const machine = guardedCharge(orElse);
  const down = fails('TimeoutError');
  for (let call = 0; call < 5; call++) {
    const { ran } = await runs(machine, { tasks: { ...shared, Charge: down } });
    expect(ran.error).toBe('TimeoutError');
  }
  const { states } = (await runs(machine, { tasks: { ...shared, Charge: down } })).ran;
  expect(states).toContain('Send an invoice');
  expect(states).not.toContain('Charge');
  expect((await circuits.of(sampleSettings()).tryAcquire()).admitted).toBe(false);
});
