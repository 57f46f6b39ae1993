import type { Template } from 'aws-cdk-lib/assertions';
import { StateMachine } from 'aws-local-stepfunctions';

/**
 * Runs a state machine of a template in this process, without delays. `definitionOf` reads it from the template.
 * `run` answers its tasks by state name, skips waits and retry intervals, and records the entered states.
 *
 *     const ran = await run(definitionOf(template), { input: { id: 1 }, tasks: { Charge: () => ({ ok: true }) } });
 *     expect(ran.states).toEqual(['Charge', 'Ship']);
 */

/** The input of a run, and the behavior of each task by state name. */
export interface Run {
  readonly input: object;
  /** When each state begins: RFC 3339. @default the epoch */
  readonly enteredTime?: () => string;
  readonly tasks: Readonly<Record<string, (input: Record<string, unknown>) => unknown>>;
}

export interface Ran {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly output?: unknown;
  /** Name of the execution's error. */
  readonly error?: string;
  /** States in the order of their entry. */
  readonly states: readonly string[];
}

export interface Definition {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

/** A state in the Amazon States Language. The named fields are those that tests read. */
export interface State {
  readonly Type: string;
  readonly Branches?: readonly Definition[];
  readonly [field: string]: unknown;
}

/** All states by name, including those of branches. */
export function statesOf({ States }: Definition): Record<string, State> {
  const branches = Object.values(States).flatMap(({ Branches = [] }) => Branches);
  return Object.assign({ ...States }, ...branches.map(statesOf));
}

/**
 * Reads a state machine from a template. Replaces values that are unknown before the deployment by an ARN or a URL.
 * @param id Logical id. Necessary if there are several machines.
 */
export function definitionOf(template: Template, id?: string): Definition {
  const machines = template.findResources('AWS::StepFunctions::StateMachine');
  const machine = id === undefined ? Object.values(machines)[0] : machines[id];
  const text: string | { 'Fn::Join': [string, unknown[]] } = machine?.Properties.DefinitionString;
  if (typeof text === 'string') return JSON.parse(text);
  return JSON.parse(text['Fn::Join'][1].map(deployed).join(''));
}

/** Runs a definition without delays. */
export async function run(
  definition: Definition,
  { input, tasks, enteredTime = () => new Date(0).toISOString() }: Run,
): Promise<Ran> {
  const machine = machineFor(definition);
  const noWait = Object.fromEntries(Object.keys(statesOf(definition)).map((name) => [name, 0]));
  const execution = machine.run(input as Parameters<StateMachine['run']>[0], {
    overrides: {
      taskResourceLocalHandlers: tasks as never,
      waitTimeOverrides: noWait,
      retryIntervalOverrides: noWait,
    },
    context: {
      Execution: { Id: 'arn:of:execution', Name: 'execution' },
      // The engine keeps this object, and reads the time when a state needs it.
      State: {
        get EnteredTime() {
          return enteredTime();
        },
      },
      Task: { Token: 'token' },
    },
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

/** Definitions that passed the engine's check, as text. A check takes far longer than a run. */
const valid = new Set<string>();

function machineFor(definition: Definition): StateMachine {
  // A machine's timeout can exceed the longest timer, which would fire at once.
  const { TimeoutSeconds: _, ...untimed } = definition;
  const text = JSON.stringify(untimed);
  const validationOptions = { noValidate: valid.has(text) };
  const machine = new StateMachine(untimed as unknown as ConstructorParameters<typeof StateMachine>[0], {
    validationOptions,
  });
  // The check adds fields to the definition, so the next run has another text.
  valid.add(text).add(JSON.stringify(untimed));
  return machine;
}

export function failure(name: string): Error {
  return Object.assign(new Error(`because of ${name}`), { name });
}

/** As a `Fail` state without a cause. The engine makes the cause of the message. */
export function failureWithoutCause(name: string): Error {
  return Object.assign(new Error(), { name, message: undefined });
}

function deployed(part: unknown): string {
  if (typeof part === 'string') return part;
  const { Ref, 'Fn::GetAtt': attribute } = part as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  if (Ref === 'AWS::Partition') return 'aws';
  if (Ref !== undefined) return `https://sqs.us-east-1.amazonaws.com/123456789012/${Ref}`;
  return `arn:aws:lambda:us-east-1:123456789012:function:${attribute?.[0]}`;
}
