import type { Template } from 'aws-cdk-lib/assertions';
import { StateMachine } from 'aws-local-stepfunctions';

/**
 * Runs a state machine of a template in this process, without waiting. `definitionOf` reads it from the template; `run` answers
 * its tasks by the names of their states, skips waits and retry intervals, and tells which states it entered.
 *
 *     const ran = await run(definitionOf(template), { input: { id: 1 }, tasks: { Charge: () => ({ ok: true }) } });
 *     expect(ran.states).toEqual(['Charge', 'Ship']);
 */

/** What a state machine is given to run on: what its tasks do, by the names of their states. */
export interface Run {
  readonly input: object;
  readonly tasks: Readonly<Record<string, (input: Record<string, unknown>) => unknown>>;
}

export interface Ran {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly output?: unknown;
  /** Name of the error that the execution failed with. */
  readonly error?: string;
  /** States in the order in which they were entered. */
  readonly states: readonly string[];
}

export interface Definition {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

/** A state as the Amazon States Language has it; the fields are those that tests look at. */
export interface State {
  readonly Type: string;
  readonly Branches?: readonly Definition[];
  readonly [field: string]: unknown;
}

/** All states by name, those of branches among them. */
export function statesOf({ States }: Definition): Record<string, State> {
  const branches = Object.values(States).flatMap(({ Branches = [] }) => Branches);
  return Object.assign({ ...States }, ...branches.map(statesOf));
}

/**
 * A state machine of a template, with an ARN or a URL for whatever stands only when deployed.
 *
 * @param id logical id, where there are several
 */
export function definitionOf(template: Template, id?: string): Definition {
  const machines = template.findResources('AWS::StepFunctions::StateMachine');
  const machine = id === undefined ? Object.values(machines)[0] : machines[id];
  const text: string | { 'Fn::Join': [string, unknown[]] } = machine?.Properties.DefinitionString;
  if (typeof text === 'string') return JSON.parse(text);
  return JSON.parse(text['Fn::Join'][1].map(deployed).join(''));
}

/** Runs a definition without any waiting. */
export async function run(definition: Definition, { input, tasks }: Run): Promise<Ran> {
  const machine = machineFor(definition);
  const noWait = Object.fromEntries(Object.keys(statesOf(definition)).map((name) => [name, 0]));
  const execution = machine.run(input as Parameters<StateMachine['run']>[0], {
    overrides: {
      taskResourceLocalHandlers: tasks as never,
      waitTimeOverrides: noWait,
      retryIntervalOverrides: noWait,
    },
    context: { Execution: { Id: 'arn:of:execution', Name: 'execution' }, Task: { Token: 'token' } },
  });
  const states: string[] = [];
  let error: string | undefined;
  const watching = (async () => {
    for await (const event of execution.eventLogs) {
      if (event.type === 'StateEntered') states.push(event.state.name);
      if (event.type === 'ExecutionFailed') error = event.Error;
    }
  })();
  const output = await execution.result.catch(() => undefined);
  await watching;
  return error === undefined ? { status: 'SUCCEEDED', output, states } : { status: 'FAILED', error, states };
}

/** To check a definition takes far longer than to run it. */
const machines = new WeakMap<Definition, StateMachine>();

function machineFor(definition: Definition): StateMachine {
  // A timer can't be as long as a machine may take: it would be over at once.
  const { TimeoutSeconds: _, ...untimed } = definition;
  const known = machines.get(definition);
  const machine = known ?? new StateMachine(untimed as unknown as ConstructorParameters<typeof StateMachine>[0]);
  machines.set(definition, machine);
  return machine;
}

export function failure(name: string): Error {
  return Object.assign(new Error(`because of ${name}`), { name });
}

function deployed(part: unknown): string {
  if (typeof part === 'string') return part;
  const { Ref, 'Fn::GetAtt': attribute } = part as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (Ref === 'AWS::Partition') return 'aws';
  if (Ref !== undefined) return `https://sqs.us-east-1.amazonaws.com/123456789012/${Ref}`;
  return `arn:aws:lambda:us-east-1:123456789012:function:${attribute?.[0]}`;
}
