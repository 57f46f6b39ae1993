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
import { Construct } from 'constructs';
import { CircuitGuard, type CircuitGuardProps, ResiliencePipeline } from '../../../lib/index.ts';
import { type Definition, definitionOf, failure, type Run, run } from '../machine-runner.ts';
import { ownStack, resourcesOf, standIns, testConfig } from '../templates.ts';

export const CHARGE = 'arn:aws:lambda:us-east-1:123456789012:function:charge';
export const permit = { generation: 3 };
export const ADMITTED = { admitted: true, permit, freshUntil: '2026-03-01T12:00:05.000Z' };
export const OPEN = { admitted: false, retryAt: '2026-03-01T12:00:30.000Z' };

export function task(scope: Construct, name: string): CustomState {
  return new CustomState(scope, name, { stateJson: { Type: 'Task', Resource: CHARGE } });
}

export const stack = ownStack();
export const { circuitFunction: circuits } = new ResiliencePipeline(stack, 'Backstop', {
  ...testConfig,
  handlers: standIns(),
});
/** All machines are in one stack, which needs only one synthesis. */
let template: Template | undefined;

/** Your machine with a guard, in a stack with a pipeline. */
export function machineOf(id: string, build: (scope: Construct) => IChainable) {
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

export function guardedCharge(id: string, more: (scope: Construct) => Blocks = () => ({})) {
  return machineOf(id, (scope) =>
    new CircuitGuard(scope, 'Payments', {
      dependency: 'payments',
      circuits,
      guarded: task(scope, 'Charge'),
      ...more(scope),
    }).next(task(scope, 'Ship')),
  );
}

export const guarded = guardedCharge('Guarded');
export const orInvoiced = guardedCharge('OrInvoiced', (scope) => ({ whenOpen: task(scope, 'Send an invoice') }));
export const ofTenant = guardedCharge('OfTenant', () => ({ tenantPath: '$.customer.tenant' }));
export const caught = machineOf('Caught', (scope) => {
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
export const twice = machineOf('Twice', (scope) => {
  const guard = (id: string) =>
    new CircuitGuard(scope, id, {
      dependency: 'payments',
      circuits,
      guarded: new Pass(scope, `Call of ${id}`, { result: Result.fromString(id) }),
    });
  return guard('First').next(guard('Second'));
});

/** Runs a machine whose tasks record their inputs. Each answer of `ask` applies once. */
export async function runs(
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

export const fails = (name: string) => () => {
  throw failure(name);
};
