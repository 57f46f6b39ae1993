import type { World } from '../world/world.ts';
import { type Catcher, type ChoiceRule, check, type Definition, type Retrier, type State } from './definition.ts';
import { fill, has, place, read, type Scope } from './state-data.ts';

/** An error of a state, which retriers and catchers match by its name. */
export class StateError extends Error {
  override readonly name: string;
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Definitions that passed the check. */
const checked = new WeakSet<Definition>();

/** One execution, as its states see it. */
export interface Execution {
  readonly name: string;
  /** Once it is over, no further state begins. */
  isOver: boolean;
}

/** An execution, or one of its parallel branches. */
interface Run {
  readonly execution: Execution;
  /** Whether the execution, or the branch, is over. */
  readonly isOver: () => boolean;
}

/** A state that an execution entered, or left. */
export interface Passage {
  readonly way: 'entered' | 'left';
  readonly state: string;
  /** Its input, or its output. */
  readonly data: unknown;
}

/** A task that a state asks for. */
export interface Task {
  readonly resource: string;
  readonly input: unknown;
  /** Task token, for a task that somebody else completes. */
  readonly token: string;
  readonly execution: Execution;
}

interface InterpreterOptions {
  readonly world: World;
  /** Runs a task. What it throws is the state's error, by its name. */
  readonly run: (task: Task) => Promise<unknown>;
  /** Called at the entry and the exit of each state. */
  readonly onState: (passage: Passage, execution: Execution) => void;
}

/** Interprets a definition on the clock of a world. States with a query language other than JSONPath are unknown. */
export class Interpreter {
  readonly #definition: Definition;
  readonly #options: InterpreterOptions;
  #tokens = 0;

  /** @throws Error that names a state or field that it does not know */
  constructor(definition: Definition, options: InterpreterOptions) {
    if (!checked.has(definition)) check(definition);
    checked.add(definition);
    this.#definition = definition;
    this.#options = options;
  }

  /** @throws StateError of the state that ended the execution */
  start(input: unknown, execution: Execution): Promise<unknown> {
    return this.#runStates(this.#definition, input, { execution, isOver: () => execution.isOver });
  }

  async #runStates({ StartAt, States }: Definition, input: unknown, run: Run): Promise<unknown> {
    let name: string | undefined = StartAt;
    let data = input;
    while (name !== undefined) {
      if (run.isOver()) return new Promise(() => undefined);
      const state: State = States[name] as State;
      this.#options.onState({ way: 'entered', state: name, data }, run.execution);
      const left = await this.#runState(state, data, run);
      if (run.isOver()) return new Promise(() => undefined);
      data = left.data;
      this.#options.onState({ way: 'left', state: name, data }, run.execution);
      name = left.next;
    }
    return data;
  }

  /** Runs a state with its retries, then its catchers. */
  async #runState(state: State, data: unknown, run: Run): Promise<Left> {
    const retries = (state.Retry ?? []).map(() => 0);
    for (;;) {
      try {
        return await this.#enter(state, data, run);
      } catch (error) {
        const failed = toStateError(error);
        const waitMs = this.#retryAfter(state.Retry ?? [], retries, failed);
        if (waitMs !== undefined) {
          await this.#options.world.sleep(waitMs);
          if (run.isOver()) return new Promise(() => undefined);
          continue;
        }
        const catcher = catcherOf(state.Catch ?? [], failed);
        if (!catcher) throw failed;
        const caught = { Error: failed.name, Cause: failed.message };
        return { data: place(data, caught, catcher.ResultPath), next: catcher.Next };
      }
    }
  }

  async #enter(state: State, data: unknown, run: Run): Promise<Left> {
    const { name } = run.execution;
    const token = `${name}#${++this.#tokens}`;
    const scope: Scope = { data, context: { Execution: { Name: name, Id: arnOf(name) }, Task: { Token: token } } };
    if (state.Type === 'Choice') return { data, next: chosen(state, scope) };
    const result = await this.#perform(state, { scope, token, run });
    if (result === UNCHANGED) return { data, next: state.Next };
    const selected = state.ResultSelector ? fill(state.ResultSelector, { ...scope, data: result }) : result;
    const after = place(data, selected, state.ResultPath);
    const { OutputPath } = state;
    return {
      data: OutputPath === undefined ? after : read(String(OutputPath), { ...scope, data: after }),
      next: state.Next,
    };
  }

  async #perform(state: State, { scope, token, run }: Entered): Promise<unknown> {
    const input = state.Parameters === undefined ? scope.data : fill(state.Parameters, scope);
    switch (state.Type) {
      case 'Task': {
        const task = this.#options.run({ resource: state.Resource ?? '', input, token, execution: run.execution });
        return state.TimeoutSeconds === undefined ? task : this.#within(Number(state.TimeoutSeconds) * 1_000, task);
      }
      case 'Wait':
        await this.#options.world.sleep(this.#waitMs(state, scope));
        return UNCHANGED;
      case 'Parallel':
        return this.#runBranches(state.Branches ?? [], input, run);
      case 'Fail':
        throw new StateError(
          String(state.Error ?? read(String(state.ErrorPath), scope)),
          String(state.Cause ?? read(String(state.CausePath), scope)),
        );
      case 'Pass':
        return state.Result ?? input;
      case 'Succeed':
        return UNCHANGED;
      default:
        throw new Error(`the simulation can't run a state of type ${state.Type}`);
    }
  }

  /** The failure of one branch ends the others. What they have sent still takes effect. */
  async #runBranches(branches: readonly Definition[], input: unknown, run: Run): Promise<unknown> {
    let hasFailed = false;
    const isOver = () => hasFailed || run.isOver();
    try {
      return await Promise.all(branches.map((branch) => this.#runStates(branch, input, { ...run, isOver })));
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  }

  async #within<T>(ms: number, task: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      task.then(resolve, reject);
      this.#options.world.after(ms, () => reject(new StateError('States.Timeout', 'the task took too long')));
    });
  }

  #waitMs({ Seconds, SecondsPath, Timestamp, TimestampPath }: State, scope: Scope): number {
    const path = SecondsPath ?? TimestampPath;
    const value = path === undefined ? (Seconds ?? Timestamp) : read(String(path), scope);
    const ms = typeof value === 'number' ? value * 1_000 : Date.parse(String(value)) - this.#options.world.now;
    if (Number.isNaN(ms)) throw new StateError('States.Runtime', `not a time: ${value}`);
    return Math.max(0, ms);
  }

  /** How long to wait before the retry that is due; undefined if none is. */
  #retryAfter(retriers: readonly Retrier[], retries: number[], error: StateError): number | undefined {
    const index = retriers.findIndex(({ ErrorEquals }) => isOneOf(error, ErrorEquals));
    const retrier = retriers[index];
    const { MaxAttempts = 3, IntervalSeconds = 1, BackoffRate = 2 } = retrier ?? {};
    const count = retries[index] ?? 0;
    if (!retrier || count >= MaxAttempts) return undefined;
    retries[index] = count + 1;
    const { MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy } = retrier;
    const seconds = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** count);
    return seconds * 1_000 * (JitterStrategy === 'FULL' ? this.#options.world.chance.next('jitter') : 1);
  }
}

/** The data after a state, and the state that follows. */
interface Left {
  readonly data: unknown;
  readonly next: string | undefined;
}

interface Entered {
  readonly scope: Scope;
  readonly token: string;
  readonly run: Run;
}

/** The ARN of the execution of a name. */
export function arnOf(name: string): string {
  return `arn:aws:states:us-east-1:111122223333:execution:machine:${name}`;
}

/** The state that a choice leads to. */
function chosen({ Choices = [], Default }: State, scope: Scope): string {
  const next = Choices.find((rule) => applies(rule, scope))?.Next ?? Default;
  if (next === undefined) throw new StateError('States.NoChoiceMatched', 'no rule matches');
  return next;
}

function applies({ And, Variable = '$', IsPresent, StringEquals }: ChoiceRule, scope: Scope): boolean {
  if (And) return And.every((rule) => applies(rule, scope));
  if (IsPresent !== undefined) return has(Variable, scope) === IsPresent;
  return read(Variable, scope) === StringEquals;
}

const UNCHANGED = Symbol('the data stays as it is');

function toStateError(error: unknown): StateError {
  if (error instanceof StateError) return error;
  const { name, message } = error instanceof Error ? error : { name: 'Unknown', message: String(error) };
  return new StateError(name, message);
}

function catcherOf(catchers: readonly Catcher[], error: StateError): Catcher | undefined {
  return catchers.find(({ ErrorEquals }) => isOneOf(error, ErrorEquals));
}

/** `States.ALL` matches no error of the definition itself. */
function isOneOf({ name }: StateError, errors: readonly string[]): boolean {
  return errors.includes(name) || (errors.includes('States.ALL') && name !== 'States.Runtime');
}
