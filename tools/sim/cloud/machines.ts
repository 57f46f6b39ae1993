import { ExecutionAlreadyExists } from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '../../../lambdas/domain/saga/stop-point.ts';
import type { World } from '../world/world.ts';
import type { Definition } from './definition.ts';
import { type Execution, Interpreter, type Passage, StateError, type Task } from './interpreter.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';

interface Running extends Execution {
  readonly input: string;
  status: ExecutionStatus;
  /** In order. Only the saga's rescue reads it. */
  readonly history: HistoryEvent[];
}

interface MachineOptions {
  readonly world: World;
  readonly definition: Definition;
  /** Runs a task that completes by itself. */
  readonly run: (task: Task) => Promise<unknown>;
  /** Called when an execution ends without success, unless the event is lost. */
  readonly onFailure: (input: string, name: string) => void;
  /** Names its points for faults. @default 'machine' */
  readonly name?: string;
  /** Whether the event of a failed execution may be lost. @default true */
  readonly losesEvents?: boolean;
  /** @default false */
  readonly keepsHistory?: boolean;
}

/** The last event of an execution, by its status. */
const LAST_EVENTS = {
  RUNNING: undefined,
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  ABORTED: 'ExecutionAborted',
  TIMED_OUT: 'ExecutionTimedOut',
} as const;

const CALLBACK = '.waitForTaskToken';

/** Step Functions with one machine. An execution's name is unique for ever. */
export class Machine {
  readonly #options: MachineOptions;
  readonly #interpreter: Interpreter;
  readonly #executions = new Map<string, Running>();
  readonly #waiting = new Map<string, { resolve: (output: unknown) => void; reject: (error: Error) => void }>();
  #running = 0;
  #events = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    const { world, definition } = options;
    this.#interpreter = new Interpreter(definition, {
      world,
      run: (task) => this.#run(task),
      onState: (passage, execution) => this.#pass(passage, execution as Running),
    });
  }

  get running(): number {
    return this.#running;
  }

  /** Events of failed executions that nobody has received yet. */
  get events(): number {
    return this.#events;
  }

  /** @throws ExecutionAlreadyExists */
  start(name: string, input: string): void {
    if (this.#executions.has(name)) throw new ExecutionAlreadyExists({ message: name, $metadata: {} });
    const execution: Running = { name, input, status: 'RUNNING', isOver: false, history: [] };
    this.#executions.set(name, execution);
    this.#running++;
    this.#options.world.note(`execution ${name}`, () => 'starts');
    this.#interpreter.start(JSON.parse(input), execution).then(
      () => this.#end(execution, 'SUCCEEDED'),
      (error) => this.#end(execution, 'FAILED', error?.name),
    );
    const { TimeoutSeconds } = this.#options.definition;
    if (TimeoutSeconds !== undefined)
      this.#options.world.after(TimeoutSeconds * 1_000, () => this.#end(execution, 'TIMED_OUT'));
  }

  /** All executions, oldest first. */
  get all(): Iterable<Readonly<Running>> {
    return this.#executions.values();
  }

  get(name: string): Readonly<Running> | undefined {
    return this.#executions.get(name);
  }

  status(name: string): ExecutionStatus | undefined {
    return this.#executions.get(name)?.status;
  }

  /** Completes the task that waits for a token. @throws StateError if none does */
  completeTask(token: string): void {
    const waiting = this.#waiting.get(token);
    if (!waiting) throw new StateError('TaskDoesNotExist', 'no task waits for this token');
    this.#waiting.delete(token);
    waiting.resolve({});
  }

  #pass({ way, state, data }: Passage, execution: Running): void {
    const { world, name = 'machine', keepsHistory = false } = this.#options;
    if (keepsHistory) {
      const text = JSON.stringify(data);
      execution.history.push(
        way === 'entered'
          ? { type: 'StateEntered', stateEnteredEventDetails: { name: state, input: text } }
          : { type: 'StateExited', stateExitedEventDetails: { name: state, output: text } },
      );
    }
    if (way === 'left') return;
    world.note(`execution ${execution.name}`, () => state);
    if (world.faults.inject(`${name}: ${state}`, ['abort']) === undefined) return;
    world.note(`execution ${execution.name}`, () => '!! aborted');
    this.#end(execution, 'ABORTED');
  }

  async #run(task: Task): Promise<unknown> {
    if (!task.resource.endsWith(CALLBACK)) return this.#options.run(task);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(task.token, { resolve, reject });
    this.#options.run({ ...task, resource: task.resource.slice(0, -CALLBACK.length) }).catch(reject);
    return promise.finally(() => this.#waiting.delete(task.token));
  }

  #end(execution: Running, status: ExecutionStatus, error?: string): void {
    if (execution.isOver) return;
    execution.isOver = true;
    execution.status = status;
    execution.history.push({ type: LAST_EVENTS[status], executionFailedEventDetails: { error } });
    this.#running--;
    const { world, onFailure, losesEvents = true } = this.#options;
    const { input, name } = execution;
    world.note(`execution ${execution.name}`, () => `ends: ${status}`);
    if (status === 'SUCCEEDED') return;
    const fault = world.faults.inject('bus: execution failed', losesEvents ? ['lost', 'twice'] : ['twice']);
    const tellAfter = (ms: number) => {
      this.#events++;
      world.after(ms, () => {
        this.#events--;
        onFailure(input, name);
      });
    };
    if (fault !== 'lost') tellAfter(world.chance.between('event', 500, 5_000));
    if (fault === 'twice') tellAfter(world.chance.between('event', 500, 90_000));
  }
}
