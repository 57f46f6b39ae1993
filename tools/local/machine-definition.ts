import { randomUUID } from 'node:crypto';

/** One state of a machine, in the Amazon States Language. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly [field: string]: unknown;
}

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
  readonly [field: string]: unknown;
}

/** Longest delay of a Node timer. A longer timer would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
const LONGEST_TIMER_SECONDS = Math.floor(LONGEST_TIMER_MS / 1000);

/** Resource of the tasks that replace waits. */
export const WAIT = 'wait';

interface Retrier {
  readonly MaxDelaySeconds?: number;
}

/** Adapts a definition to the engine. A Wait becomes a task, because the engine can't wait longer than a Node timer. */
export function adapt<Part extends Definition>(definition: Part): Part {
  const { TimeoutSeconds, States } = definition;
  const states = Object.entries(States).map(([name, state]) => [name, adaptState(state)] as const);
  const timeout =
    TimeoutSeconds === undefined ? {} : { TimeoutSeconds: Math.min(TimeoutSeconds, LONGEST_TIMER_SECONDS) };
  return { ...definition, ...timeout, States: Object.fromEntries(states) };
}

function adaptState(state: State): State {
  const { Retry, ResultPath, Branches, ItemProcessor, Iterator: iterator, ...others } = state;
  const inner = (part: unknown) => adapt(part as Definition);
  const adapted = present({
    ...others,
    ...timeoutOf(state),
    ...causeOf(state),
    Retry: (Retry as Retrier[] | undefined)?.map(boundRetrier),
    // The engine mistakes the path `$` for the name of a field.
    ResultPath: ResultPath === '$' ? undefined : ResultPath,
    Branches: (Branches as unknown[] | undefined)?.map(inner),
    ItemProcessor: ItemProcessor && inner(ItemProcessor),
    Iterator: iterator && inner(iterator),
  });
  return state.Type === 'Wait' ? waitTask(adapted) : adapted;
}

/** Only the fields with a value. The engine also acts on a field without one. */
function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

function timeoutOf({ Type, TimeoutSeconds, TimeoutSecondsPath }: State): object {
  if (Type !== 'Task' || TimeoutSecondsPath !== undefined) return {};
  return { TimeoutSeconds: Math.min(Number(TimeoutSeconds ?? LONGEST_TIMER_SECONDS), LONGEST_TIMER_SECONDS) };
}

/** The engine invents a cause for a Fail state without one. */
function causeOf({ Type, Cause, CausePath }: State): object {
  return Type === 'Fail' && CausePath === undefined ? { Cause: Cause ?? '' } : {};
}

function boundRetrier(retrier: Retrier): object {
  const { MaxDelaySeconds = LONGEST_TIMER_SECONDS } = retrier;
  return { ...retrier, MaxDelaySeconds: Math.min(MaxDelaySeconds, LONGEST_TIMER_SECONDS) };
}

function waitTask({ Seconds, SecondsPath, Timestamp, TimestampPath, ...others }: State): State {
  const time = { seconds: Seconds, 'seconds.$': SecondsPath, timestamp: Timestamp, 'timestamp.$': TimestampPath };
  return {
    ...others,
    Type: 'Task',
    Resource: WAIT,
    Parameters: present(time),
    ResultPath: null,
    TimeoutSeconds: LONGEST_TIMER_SECONDS,
  };
}

/** All states, including those of branches and iterations. */
export function allStates({ States }: Definition): [string, State][] {
  return Object.entries(States).flatMap(([name, state]) => {
    const parts = [state.Branches ?? [], state.ItemProcessor ?? [], state.Iterator ?? []].flat() as Definition[];
    return [[name, state] as [string, State], ...parts.flatMap(allStates)];
  });
}

/** The context object's facts about a state since its entry. */
export interface Visit {
  readonly state: { readonly Name: string; readonly EnteredTime: string; RetryCount: number };
  /** Task token of the next attempt. */
  token: string;
}

/**
 * Tracks the current state of an execution. The engine has no hook for that, but it reads a state's field right before
 * it evaluates it.
 * So the last reported visit is the current one, even if branches interleave.
 */
export function watched<Part extends Definition>(definition: Part, onVisit: (visit: Visit) => void): Part {
  const inner = (part: unknown) => watched(part as Definition, onVisit);
  const States = new Proxy(definition.States, {
    get(states, name) {
      const state = states[String(name)];
      if (state === undefined) return undefined;
      const entered = { Name: String(name), EnteredTime: new Date().toISOString(), RetryCount: 0 };
      const visit: Visit = { state: entered, token: randomUUID() };
      return new Proxy(state, {
        get(fields, field) {
          onVisit(visit);
          const value = fields[String(field)];
          if (field === 'Branches') return (value as unknown[] | undefined)?.map(inner);
          return value !== undefined && (field === 'ItemProcessor' || field === 'Iterator') ? inner(value) : value;
        },
      });
    },
  });
  return { ...definition, States };
}
