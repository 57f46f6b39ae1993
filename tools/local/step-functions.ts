import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  ExecutionAbortedError,
  ExecutionTimeoutError,
  type RunOptions,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import type { Resource } from './assembly.ts';
import type { IsLate, Shift } from './canaries.ts';
import type { EventBuses } from './event-bus.ts';
import type { Execution, ExecutionRecord, ExecutionStep, Machine } from './execution.ts';
import type { Functions } from './functions.ts';
import { adapt, allStates, type Definition, type Visit, watched } from './machine-definition.ts';
import { type TaskScope, Tasks } from './machine-tasks.ts';
import type { Metrics } from './metrics.ts';
import { jsonService, type Service } from './protocol.ts';
import { refusal } from './refusal.ts';
import { ACCOUNT, REGION } from './resource-kinds.ts';
import type { Site } from './site.ts';
import { executionOperations, statusDetail, tokenOperations } from './step-functions-api.ts';
import { Traffic } from './traffic.ts';

/** Step Functions, for Standard machines. */
export interface StepFunctions {
  readonly service: Service;
  readonly executions: readonly ExecutionRecord[];
  /**
   * Starts executions of the assembly's definitions from now on. Those that run keep their own.
   *
   * @param shifts machines whose alias gives the new version only a share at first
   * @param isLate machines that stay as they are until the next deployment
   */
  deploy(shifts: readonly Shift[], isLate: IsLate): void;
  /** Gives the new version of a machine all its traffic. */
  complete(arn: string): void;
  stop(): Promise<void>;
}

interface MachineProperties {
  readonly DefinitionString?: string;
  readonly Definition?: object;
  readonly DefinitionSubstitutions?: Readonly<Record<string, string>>;
  readonly RoleArn?: string;
  readonly StateMachineType?: string;
}

export function startStepFunctions(
  site: Site,
  functions: Functions,
  buses: EventBuses,
  metrics: Metrics,
): StepFunctions {
  const tasks = new Tasks(site, functions);
  const machines = new Machines(site, tasks);
  const executions: Execution[] = [];
  const announce = (execution: Execution) => {
    const { arn, machineArn, status } = execution;
    const metric = METRICS[status];
    if (metric !== undefined) metrics.record('AWS/States', metric, { StateMachineArn: machineArn }, 1);
    buses.publish('aws.states', 'Step Functions Execution Status Change', statusDetail(execution), [arn, machineArn]);
  };
  const start = (machine: Machine, name: string, input: string): Execution => {
    const execution = fresh(machine, name, input);
    run(execution, { state: machine.definition.StartAt, input: JSON.parse(input) }, tasks, announce);
    executions.push(execution);
    announce(execution);
    return execution;
  };
  const redrive = (execution: Execution): void => {
    const from = failedState(execution);
    const status = { status: 'RUNNING', stopDate: undefined, error: undefined, cause: undefined } as const;
    Object.assign(execution, status, { redriveCount: execution.redriveCount + 1, redriveDate: new Date() });
    run(execution, from, tasks, announce);
    announce(execution);
  };
  return {
    service: jsonService({
      ...executionOperations((arn) => machines.take(arn), executions, { start, redrive }),
      ...tokenOperations(tasks),
    }),
    executions,
    deploy: (shifts, isLate) => machines.deploy(shifts, isLate),
    complete: (arn) => machines.complete(arn),
    stop: async () => {
      for (const { abort } of executions) abort();
    },
  };
}

const METRICS: Readonly<Partial<Record<ExecutionRecord['status'], string>>> = {
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
};

/** The machines of the assembly, with the traffic of their aliases. */
class Machines {
  readonly #site: Site;
  readonly #tasks: Tasks;
  #traffic: ReadonlyMap<string, Traffic<Machine>> = new Map();

  constructor(site: Site, tasks: Tasks) {
    this.#site = site;
    this.#tasks = tasks;
    this.deploy([], () => false);
  }

  /** @param reference ARN of a machine, or of its alias. @returns the machine that the next execution is of */
  take(reference: string): Machine | undefined {
    const found = [...this.#traffic].find(([arn]) => reference === arn || reference.startsWith(`${arn}:`));
    if (found === undefined) return undefined;
    const [arn, traffic] = found;
    return reference === arn ? traffic.latest : traffic.take();
  }

  deploy(shifts: readonly Shift[], isLate: IsLate): void {
    const machines = this.#site.assembly.all<MachineProperties>('AWS::StepFunctions::StateMachine');
    const traffic = machines.map((resource) => {
      const before = this.#traffic.get(resource.arn);
      if (before !== undefined && isLate(resource)) return [resource.arn, before] as const;
      const machine = machineOf(resource, this.#tasks, this.#site.hasCheckedMachines);
      const shift = shifts.find(({ target }) => target === resource.arn);
      if (before === undefined || shift === undefined) return [resource.arn, new Traffic(machine)] as const;
      before.shift(machine, shift.share);
      return [resource.arn, before] as const;
    });
    this.#traffic = new Map(traffic);
  }

  complete(arn: string): void {
    this.#traffic.get(arn)?.complete();
  }
}

function machineOf(resource: Resource<MachineProperties>, tasks: Tasks, checked: boolean): Machine {
  const { id, arn, name, properties } = resource;
  if (properties.StateMachineType === 'EXPRESS')
    throw refusal(resource, 'StateMachineType', "the embedded cloud can't run EXPRESS machines");
  try {
    const original = definitionOf(properties);
    // The engine must check the original definition: it rejects fractional seconds.
    if (!checked) validate(original);
    for (const [state, fields] of allStates(original)) tasks.check(state, fields);
    return { id, arn, name, roleArn: properties.RoleArn, definition: adapt(original) };
  } catch (cause) {
    throw refusal(resource, 'DefinitionString', cause);
  }
}

/**
 * Definitions that passed the check, as text without ports: clouds differ in these. A check takes longer than an
 * execution.
 */
const valid = new Set<string>();

/** @throws Error if the engine doesn't know a part of the definition */
function validate(definition: Definition): void {
  const text = JSON.stringify(definition).replaceAll(/127\.0\.0\.1:\d+/g, '');
  if (!valid.has(text)) new StateMachine(definition as unknown as StateMachineDefinition);
  valid.add(text);
}

function definitionOf({ DefinitionString, Definition, DefinitionSubstitutions = {} }: MachineProperties): Definition {
  const text = DefinitionString ?? JSON.stringify(Definition ?? null);
  const substituted = text.replace(/\$\{([^}]+)\}/g, (whole, key: string) => DefinitionSubstitutions[key] ?? whole);
  if (substituted.includes('"JSONata"')) throw new Error("the embedded cloud can't run JSONata");
  return JSON.parse(substituted);
}

function fresh(machine: Machine, name: string, input: string): Execution {
  const { id, arn: machineArn, name: machineName } = machine;
  const arn = `arn:aws:states:${REGION}:${ACCOUNT}:execution:${machineName}:${name}`;
  return {
    name,
    arn,
    machineId: id,
    machineArn,
    machine,
    input,
    redriveCount: 0,
    redrives: new Map(),
    status: 'RUNNING',
    startDate: new Date(),
    steps: [],
    abort: () => undefined,
  };
}

/** The state where an execution starts, and its input. */
interface Entry {
  readonly state: string;
  readonly input: unknown;
}

/** Restarts a state with branches or iterations as a whole. AWS would rerun only the failed ones. */
function failedState({ steps, input, machine: { definition } }: Execution): Entry {
  const last = steps.findLast(({ type, state }) => type === 'StateEntered' && state in definition.States);
  return last ?? { state: definition.StartAt, input: JSON.parse(input) };
}

function run(
  execution: Execution,
  { state, input }: Entry,
  tasks: Tasks,
  announce: (execution: Execution) => void,
): void {
  const { arn, name, machine } = execution;
  const over = new AbortController();
  // Every branch and iteration may add a listener.
  setMaxListeners(0, over.signal);
  const role = () => tasks.roleOf(machine);
  const scope = { machineId: machine.id, role, input: execution.input, calls: 0, over: over.signal };
  const entered = { ...machine, definition: { ...machine.definition, StartAt: state } };
  const { definition, ...runOptions } = observed(
    entered,
    { Id: arn, Name: name, RoleArn: machine.roleArn },
    tasks,
    scope,
  );
  const engine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const { result, eventLogs, abort } = engine.run(input as never, runOptions);
  execution.abort = abort;
  const end = result.then(succeeded, failed);
  void Promise.all([end, follow(eventLogs, execution.steps)]).then(([outcome]) => {
    Object.assign(execution, outcome, { stopDate: new Date() });
    over.abort();
    announce(execution);
  });
}

/** Provides the engine with the tasks and the context object of one execution. */
function observed(
  machine: Machine,
  Execution: { readonly Id: string; readonly Name: string; readonly RoleArn: unknown },
  tasks: Tasks,
  scope: TaskScope,
): RunOptions & { readonly definition: StateMachineDefinition } {
  const State: Visit['state'] = { Name: '', EnteredTime: '', RetryCount: 0 };
  const Task = { Token: '' };
  let visit: Visit = { state: State, token: '' };
  const definition = watched(machine.definition, (current) => {
    visit = current;
    // The engine keeps these objects, so that it sees changes to them.
    Object.assign(State, current.state);
    Task.Token = current.token;
  });
  const handlers = allStates(machine.definition).map(([state, fields]) => [
    state,
    (taskInput: unknown) => {
      const { token } = visit;
      visit.state.RetryCount++;
      visit.token = randomUUID();
      return tasks.run(fields, taskInput as never, token, scope);
    },
  ]);
  return {
    definition: definition as unknown as StateMachineDefinition,
    context: { Execution, StateMachine: { Id: machine.arn, Name: machine.name }, State, Task },
    overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
  };
}

type Outcome = Pick<ExecutionRecord, 'status' | 'output' | 'error' | 'cause'>;

function succeeded(output: unknown): Outcome {
  return { status: 'SUCCEEDED', output: JSON.stringify(output) };
}

function failed(error: Error): Outcome {
  if (error instanceof ExecutionAbortedError) return { status: 'ABORTED' };
  if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout' };
  const { name, message } = error.cause instanceof Error ? error.cause : error;
  return { status: 'FAILED', error: name, cause: message || undefined };
}

async function follow(events: AsyncIterable<EngineEvent>, steps: ExecutionStep[]): Promise<void> {
  for await (const { type, timestamp, state } of events)
    if (state !== undefined) {
      const { name, type: stateType, input, output } = state;
      steps.push({
        type: type as ExecutionStep['type'],
        state: name,
        at: new Date(timestamp),
        stateType,
        input,
        output,
      });
    }
}

interface EngineEvent {
  readonly type: string;
  readonly timestamp: number;
  /** Present on steps only. */
  readonly state?: Readonly<Record<'name' | 'type', string>> & { readonly input: unknown; readonly output?: unknown };
}
