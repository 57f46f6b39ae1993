import { createHash } from 'node:crypto';
import { isPlainObject } from '../../contract/json-round-trip.ts';
import {
  type RescueRequest,
  SAGA_FIELD,
  type SagaDirection,
  type SagaResumption,
  type StepState,
  type UndoBypass,
} from '../../contract/resume-points.ts';
import {
  findStopPoint,
  type HistoryEvent,
  readStateData,
  type StopPoint,
  writeStateData,
} from '../../domain/saga/stop-point.ts';

/** Result of rescuing a saga whose execution failed, timed out or was aborted. */
type Rescue =
  | { readonly kind: 'rescued'; readonly direction: SagaDirection; readonly at: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'given-up'; readonly reason: GivenUp };

/** Executions of state machines with a saga. */
export interface SagaExecutions {
  /** Events of an execution, last event first. */
  history(executionArn: string): AsyncGenerator<HistoryEvent, undefined>;
  describe(executionArn: string): Promise<{ readonly name?: string | undefined; readonly input?: string | undefined }>;
  /** False if an execution of that name exists already. */
  start(execution: NewExecution): Promise<boolean>;
}

interface NewExecution {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly input: string;
}

/** Why a rescue leaves the saga to a human. */
type GivenUp =
  /** The saga has had the most rescues that are allowed. */
  | 'rescued-too-often'
  /** The saga stopped at a state that its definition no longer has. */
  | 'unknown-state'
  /** The state data is not an object, so nothing can be added to it. */
  | 'no-object'
  /** An execution of the rescue's name has another input: somebody redrove the rescued execution, or used the name. */
  | 'name-taken';

/** Most executions started in place of one. After that, a human must decide. */
const MAX_RESCUES = 3;

/** Status of an execution by the last event of its history, without `SUCCEEDED`. */
const BAD_ENDS: Readonly<Record<string, string>> = {
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionAborted: 'ABORTED',
};

interface Ended {
  readonly name: string;
  readonly status: string;
  readonly error: string | undefined;
  readonly input: unknown;
  /** Present if the execution was a rescue itself. */
  readonly marker: SagaResumption | undefined;
}

/**
 * Continues a saga in a new execution from where its execution ended. Idempotent.
 *
 * @throws Error if the history has no end: it is not complete yet, or somebody has redriven the execution
 */
export async function rescue(request: RescueRequest, executions: SagaExecutions): Promise<Rescue> {
  const { executionArn, saga, stateMachineArn } = request;
  const events = executions.history(executionArn);
  const { value: last } = await events.next();
  if (last?.type === 'ExecutionSucceeded') return { kind: 'none' };
  const status = BAD_ENDS[last?.type ?? 'ExecutionStarted'];
  if (status === undefined) throw new Error('the execution history has no end event');
  const error = last?.executionFailedEventDetails?.error;
  const ended: Ended = { status, error, ...(await describe(executionArn, saga.key, executions)) };

  const found = resumeFromInput(ended, await findStopPoint(events, saga));
  if (found.kind === 'unknown') return { kind: 'given-up', reason: 'unknown-state' };
  if (found.kind !== 'stopped') return { kind: 'none' };
  const rescues = (ended.marker?.rescues ?? 0) + 1;
  if (rescues > MAX_RESCUES) return { kind: 'given-up', reason: 'rescued-too-often' };
  const { data } = found;
  if (!isPlainObject(data)) return { kind: 'given-up', reason: 'no-object' };

  const of = ended.marker?.of ?? ended.name;
  const { at, direction, facts } = resumption(found, data[SAGA_FIELD], ended);
  const marker: SagaResumption = { key: saga.key, at, direction, of, rescues };
  const input = writeStateData({ ...data, [SAGA_FIELD]: { ...facts, ...marker } });
  const isStarted = await start(executions, { stateMachineArn, name: rescueName(of, rescues), input }, executionArn);
  return isStarted ? { kind: 'rescued', direction, at } : { kind: 'given-up', reason: 'name-taken' };
}

async function describe(
  executionArn: string,
  key: string,
  executions: SagaExecutions,
): Promise<Pick<Ended, 'name' | 'input' | 'marker'>> {
  const { name = '', input: text = 'null' } = await executions.describe(executionArn);
  const input = readStateData(text);
  const marker = isPlainObject(input) ? input[SAGA_FIELD] : undefined;
  return { name, input, marker: isGenuine(marker, key) ? marker : undefined };
}

/** Whether a rescue wrote the marker. Anybody can send input, but only a rescue knows the key. */
function isGenuine(marker: unknown, key: string): marker is SagaResumption {
  return isPlainObject(marker) && marker.key === key;
}

/** For a rescue that ended before its first saga state, takes the position from its input. */
function resumeFromInput({ marker, input }: Ended, found: StopPoint): StopPoint {
  if (found.kind !== 'not-begun' || !marker) return found;
  const { at, direction } = marker;
  return { kind: 'stopped', at, direction, data: input, landmark: {} };
}

/** Decides where and in which direction the saga continues, and with which facts about itself. */
function resumption(
  { at, direction, landmark }: Extract<StopPoint, { kind: 'stopped' }>,
  known: unknown,
  { status, error, name }: Ended,
): { readonly at: string; readonly direction: SagaDirection; readonly facts: object } {
  const facts = isPlainObject(known) ? known : {};
  if (direction === 'forward') return { at, direction, facts };
  const stopped = { Error: 'SagaStopped', Cause: `The execution ${name} ended as ${status} inside the saga.` };
  const withError = { error: stopped, ...facts };
  const { broken } = landmark;
  if (status !== 'FAILED' || !broken) return { at, direction, facts: withError };
  return { at: broken.at, direction, facts: { ...withError, steps: markUndoFailed(facts.steps, broken, error) } };
}

/** Returns the facts of the steps, with the undo marked as failed. */
function markUndoFailed(known: unknown, { key, steps }: UndoBypass, error: string | undefined): object {
  const note = { state: 'undo failed' satisfies StepState, error };
  const noted = steps ? Object.fromEntries(steps.map((name) => [name, note])) : note;
  return isPlainObject(known) ? { ...known, [key]: noted } : { [key]: noted };
}

/** Most characters of an execution name. */
const MAX_NAME = 80;

/** Name of a rescue, the same at each start. Shortens a long name to its beginning and a digest. */
export function rescueName(of: string, rescues: number): string {
  const suffix = `+saga${rescues}`;
  if (of.length + suffix.length <= MAX_NAME) return of + suffix;
  const digest = createHash('sha256').update(of).digest('hex').slice(0, 16);
  return `${of.slice(0, MAX_NAME - suffix.length - digest.length - 1)}-${digest}${suffix}`;
}

/** Starts the execution. False if the name belongs to an execution with another input. */
async function start(executions: SagaExecutions, execution: NewExecution, rescuedArn: string): Promise<boolean> {
  if (await executions.start(execution)) return true;
  const executionArn = rescuedArn.slice(0, rescuedArn.lastIndexOf(':') + 1) + execution.name;
  const { input } = await executions.describe(executionArn);
  return input === execution.input;
}
