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
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { guard } from '../../../lambdas/use-cases/circuit/guard.ts';
import { CircuitGuard, type CircuitGuardProps, ResiliencePipeline } from '../../../lib/index.ts';
import { sampleCircuits } from '../../support/circuits.ts';
import { NOW, sampleSettings } from '../../support/samples.ts';
import {
  type Definition,
  definitionOf,
  failure,
  failureWithoutCause,
  type Run,
  run,
  statesOf,
} from '../machine-runner.ts';
import { named, ownStack, resourcesOf, standIns, testConfig } from '../templates.ts';

const CHARGE = 'arn:aws:lambda:us-east-1:123456789012:function:charge';
const permit = { generation: 3 };
const ADMITTED = { admitted: true, permit, freshUntil: '2026-03-01T12:00:05.000Z' };
const OPEN = { admitted: false, retryAt: '2026-03-01T12:00:30.000Z' };

function task(scope: Construct, name: string): CustomState {
  return new CustomState(scope, name, { stateJson: { Type: 'Task', Resource: CHARGE } });
}

const stack = ownStack();
const { circuitFunction: circuits } = new ResiliencePipeline(stack, 'Backstop', {
  ...testConfig,
  handlers: standIns(),
});
/** All machines are in one stack, which needs only one synthesis. */
let template: Template | undefined;

/** Your machine with a guard, in a stack with a pipeline. */
function machineOf(id: string, build: (scope: Construct) => IChainable) {
  const scope = new Construct(stack, id);
  const machine = new StateMachine(scope, 'Machine', { definitionBody: DefinitionBody.fromChainable(build(scope)) });
  let definition: Definition | undefined;
  return {
    get definition(): Definition {
      template ??= Template.fromStack(stack);
      definition ??= definitionOf(template, stack.getLogicalId(machine.node.defaultChild as never));
      return definition;
    },
    get statements(): readonly unknown[] {
      template ??= Template.fromStack(stack);
      const policy = machine.role.node.findChild('DefaultPolicy').node.defaultChild as never;
      return resourcesOf(template, 'AWS::IAM::Policy')[stack.getLogicalId(policy)]?.Properties.PolicyDocument.Statement;
    },
  };
}

type Blocks = Omit<CircuitGuardProps, 'circuits' | 'dependency' | 'guarded'>;

function guardedCharge(id: string, more: (scope: Construct) => Blocks = () => ({})) {
  return machineOf(id, (scope) =>
    new CircuitGuard(scope, 'Payments', {
      dependency: 'payments',
      circuits,
      guarded: task(scope, 'Charge'),
      ...more(scope),
    }).next(task(scope, 'Ship')),
  );
}

const guarded = guardedCharge('Guarded');
const orInvoiced = guardedCharge('OrInvoiced', (scope) => ({ whenOpen: task(scope, 'Send an invoice') }));
const ofTenant = guardedCharge('OfTenant', () => ({ tenantPath: '$.customer.tenant' }));
const caught = machineOf('Caught', (scope) => {
  const guard = new CircuitGuard(scope, 'Payments', {
    dependency: 'payments',
    circuits,
    guarded: new Fail(scope, 'Declined', { error: 'CardError', cause: 'declined' }),
  });
  (guard.startState as unknown as CustomState).addCatch(new Pass(scope, 'Tell', { resultPath: '$.told' }), {
    resultPath: '$.error',
  });
  return guard.next(new Succeed(scope, 'Done'));
});
const twice = machineOf('Twice', (scope) => {
  const guard = (id: string) =>
    new CircuitGuard(scope, id, {
      dependency: 'payments',
      circuits,
      guarded: new Pass(scope, `Call of ${id}`, { result: Result.fromString(id) }),
    });
  return guard('First').next(guard('Second'));
});

/** Runs a machine whose tasks record their inputs. Each answer of `ask` applies once. */
async function runs(
  { definition }: Pick<ReturnType<typeof machineOf>, 'definition'>,
  {
    ask = [ADMITTED],
    input = { order: 1 },
    tasks = {},
    enteredTime = () => '2026-03-01T12:00:05.000Z',
  }: { readonly ask?: readonly unknown[] } & Partial<Run> = {},
) {
  const given: [string, unknown][] = [];
  const answers = [...ask];
  const all: Run['tasks'] = {
    'Payments: ask the circuit': () => answers.shift(),
    'Payments: withdraw the late permit': () => ({}),
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
  const ran = await run(definition, { input, enteredTime, tasks: Object.fromEntries(noting) });
  return { ran, given };
}

const fails = (name: string) => () => {
  throw failure(name);
};

describe('CircuitGuard', () => {
  it('makes the call where the circuit lets it pass, and counts its success, in five transitions of its own', async () => {
    const { ran, given } = await runs(guarded);
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
    const { ran, given } = await runs(guarded, { tasks: { Charge: fails('TimeoutError') } });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'TimeoutError' });
    const ending = ['Payments: report the failure', 'Payments: failed: is there a cause?', 'Payments: failed'];
    expect(ran.states.slice(-4)).toEqual(['Charge', ...ending]);
    expect(ran.states.filter((name) => name !== 'Charge')).toHaveLength(7);
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

  it('fails with the error of a call that has no cause', async () => {
    const Charge = () => {
      throw failureWithoutCause('CardError');
    };
    const { ran } = await runs(guarded, { tasks: { Charge } });
    expect(ran).toMatchObject({ status: 'FAILED', error: 'CardError' });
    expect(ran.states.at(-1)).toBe('Payments: failed, no cause');
  });

  it('waits while the circuit is open, and asks again', async () => {
    const { ran } = await runs(guarded, { ask: [OPEN, OPEN, ADMITTED] });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { charged: true } });
    const asking = ['Payments: ask the circuit', 'Payments: may it be called?'];
    const wait = 'Payments: wait for the circuit';
    expect(ran.states.slice(1, -4)).toEqual([...asking, wait, ...asking, wait, ...asking]);
    expect(statesOf(guarded.definition)[wait]).toMatchObject({ TimestampPath: '$.circuit.retryAt' });
  });

  it('asks again where it is late to act on a permit, and gives that permit back', async () => {
    const probe = { generation: 4, probe: 'a' };
    const late = { admitted: true, permit: probe, freshUntil: '2026-03-01T12:00:04.999Z' };
    const { ran, given } = await runs(orInvoiced, { ask: [late, ADMITTED] });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { charged: true } });
    expect(given).toEqual([
      ['Payments: ask the circuit', { action: 'ask', dependency: 'payments' }],
      ['Payments: withdraw the late permit', { action: 'withdraw', dependency: 'payments', permit: probe }],
      ['Payments: ask the circuit', { action: 'ask', dependency: 'payments' }],
      ['Charge', { order: 1 }],
      ['Payments: report the success', { action: 'report', dependency: 'payments', permit }],
      ['Ship', { charged: true }],
    ]);
  });

  it("calls nobody on a late permit where the circuit has opened since, even if it can't give the permit back", async () => {
    const late = { ...ADMITTED, freshUntil: '2026-03-01T12:00:00.000Z' };
    const tasks = { 'Payments: withdraw the late permit': fails('InternalError') };
    const { ran, given } = await runs(orInvoiced, { ask: [late, OPEN], tasks });
    expect(ran).toMatchObject({ status: 'SUCCEEDED', output: { invoiced: true } });
    expect(given.map(([name]) => name)).not.toContain('Charge');
  });

  it('does something else while the circuit is open, where there is something, on the input as it came', async () => {
    const { ran, given } = await runs(orInvoiced, { ask: [OPEN] });
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

  it('makes the call if the circuit is unreachable, without a permit to count it', async () => {
    const { ran, given } = await runs(guarded, {
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
  ])('returns a %s unchanged if its report fails', async (_, tasks: Run['tasks'], end) => {
    expect((await runs(guarded, { tasks })).ran).toMatchObject(end);
  });

  it('can be caught as a whole, whatever its input', async () => {
    const { ran } = await runs(caught, { input: { circuit: 'mine', input: 'mine' } });
    expect(ran.states.slice(-2)).toEqual(['Payments: failed', 'Tell']);
    expect(ran.output).toMatchObject({ circuit: 'mine', input: 'mine', error: { Error: 'CardError' } });
  });

  it('names the tenant of the input', async () => {
    const { given } = await runs(ofTenant, { input: { customer: { tenant: 'acme' } } });
    expect(given.filter(([name]) => name.startsWith('Payments:')).map(([, received]) => received)).toEqual([
      { action: 'ask', dependency: 'payments', tenant: 'acme' },
      { action: 'report', dependency: 'payments', tenant: 'acme', permit },
    ]);
  });

  it('stands beside another for the same dependency, and lets the machine call the one function that both ask', () => {
    const { definition, statements } = twice;
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
});

it('goes by the circuit that functions share, and opens it by what its calls come to', async () => {
  const { circuits: shared } = sampleCircuits(() => NOW);
  const answer = (request: unknown) => guard(request, { settings: () => sampleSettings(), circuits: shared });
  const answers = Object.fromEntries(
    ['ask the circuit', 'report the success', 'report the failure'].map((name) => [`Payments: ${name}`, answer]),
  );
  const down = fails('TimeoutError');
  for (let call = 0; call < 5; call++) {
    const { ran } = await runs(orInvoiced, { tasks: { ...answers, Charge: down } });
    expect(ran.error).toBe('TimeoutError');
  }
  const { states } = (await runs(orInvoiced, { tasks: { ...answers, Charge: down } })).ran;
  expect(states).toContain('Send an invoice');
  expect(states).not.toContain('Charge');
  expect((await shared.of(sampleSettings()).tryAcquire()).admitted).toBe(false);
});
