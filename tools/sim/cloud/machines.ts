import { ExecutionAlreadyExists } from '@aws-sdk/client-sfn';
import type { World } from '../world/world.ts';
import type { Definition } from './definition.ts';
import { type Execution, Interpreter, StateError, type Task } from './interpreter.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';

interface Running extends Execution {
  readonly input: string;
  status: ExecutionStatus;
}

interface MachineOptions {
  readonly world: World;
  readonly definition: Definition;
  /** Runs a task that completes by itself. */
  readonly run: (task: Task) => Promise<unknown>;
  /** Called when an execution ends without success, unless the event is lost. */
  readonly onFailure: (input: string) => void;
}

const CALLBACK = '.waitForTaskToken';

/** Step Functions with one machine. An execution's name is unique for ever. */
export class Machine {
  readonly #options: MachineOptions;
  readonly #interpreter: Interpreter;
  readonly #executions = new Map<string, Running>();
  readonly #waiting = new Map<string, { resolve: (output: unknown) => void; reject: (error: Error) => void }>();
  #running = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    const { world, definition } = options;
    this.#interpreter = new Interpreter(definition, {
      world,
      run: (task) => this.#run(task),
      onState: (state, execution) => this.#enter(state, execution as Running),
    });
  }

  get running(): number {
    return this.#running;
  }

  /** @throws ExecutionAlreadyExists */
  start(name: string, input: string): void {
    if (this.#executions.has(name)) throw new ExecutionAlreadyExists({ message: name, $metadata: {} });
    const execution: Running = { name, input, status: 'RUNNING', isOver: false };
    this.#executions.set(name, execution);
    this.#running++;
    this.#options.world.note(`execution ${name}`, () => 'starts');
    this.#interpreter.start(JSON.parse(input), execution).then(
      () => this.#end(execution, 'SUCCEEDED'),
      () => this.#end(execution, 'FAILED'),
    );
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

  #enter(state: string, execution: Running): void {
    const { world } = this.#options;
    world.note(`execution ${execution.name}`, () => state);
    if (world.faults.strike(`machine: ${state}`, ['abort']) === undefined) return;
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

  #end(execution: Running, status: ExecutionStatus): void {
    if (execution.isOver) return;
    execution.isOver = true;
    execution.status = status;
    this.#running--;
    const { world, onFailure } = this.#options;
    world.note(`execution ${execution.name}`, () => `ends: ${status}`);
    if (status === 'SUCCEEDED') return;
    const fault = world.faults.strike('bus: execution failed', ['lost', 'twice']);
    if (fault !== 'lost') world.after(world.chance.between('event', 500, 5_000), () => onFailure(execution.input));
    if (fault === 'twice') world.after(world.chance.between('event', 500, 90_000), () => onFailure(execution.input));
  }
}
