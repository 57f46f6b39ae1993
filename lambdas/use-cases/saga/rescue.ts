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
import { findStopPoint, type HistoryEvent, type StopPoint } from '../../domain/saga/stop-point.ts';

/** What became of a saga whose execution has ended badly. */
export type Rescue =
  | { readonly kind: 'rescued'; readonly direction: SagaDirection; readonly at: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'given-up'; readonly reason: GivenUp };

/** Executions, as a rescue reads and starts them. */
export interface SagaExecutions {
  /** Events of an execution, the last one first. */
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

/** Why a saga is left to a human. */
export type GivenUp =
  /** It was rescued as often as it may be. */
  | 'rescued-too-often'
  /** It was at a state that it does not have any more: it was changed meanwhile. */
  | 'unknown-state'
  /** The state data is no object, so that nothing can be added to it. */
  | 'no-object'
  /** An execution of the rescue's name did something else: one that was rescued has been redriven, or somebody took the name. */
  | 'name-taken';

/** Executions started in place of one; after that many a human must look. */
const MAX_RESCUES = 3;

/** Status of an execution that has ended badly, by the last event of its history. */
const BAD_ENDS: Readonly<Record<string, string>> = {
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionAborted: 'ABORTED',
};

interface Ended {
  /** Name of the execution. */
  readonly name: string;
  readonly status: string;
  readonly error: string | undefined;
  readonly input: unknown;
  /** Of an execution that went on itself. */
  readonly marker: SagaResumption | undefined;
}

/**
 * Goes on with a saga where its execution has ended, in another. Doing it twice does no harm.
 *
 * @throws Error where the history is not complete yet, which may take a while, or goes on, because somebody has redriven the execution
 */
export async function rescue(request: RescueRequest, executions: SagaExecutions): Promise<Rescue> {
  const { executionArn, saga, stateMachineArn } = request;
  const events = executions.history(executionArn);
  const { value: last } = await events.next();
  if (last?.type === 'ExecutionSucceeded') return { kind: 'none' };
  const status = BAD_ENDS[last?.type ?? 'ExecutionStarted'];
  if (status === undefined) throw new Error('the history of the execution does not tell of its end');
  const error = last?.executionFailedEventDetails?.error;
  const ended: Ended = { status, error, ...(await describe(executionArn, saga.key, executions)) };

  const found = fromBeginning(ended, await findStopPoint(events, saga));
  if (found.kind === 'unknown') return { kind: 'given-up', reason: 'unknown-state' };
  if (found.kind !== 'stopped') return { kind: 'none' };
  const rescues = (ended.marker?.rescues ?? 0) + 1;
  if (rescues > MAX_RESCUES) return { kind: 'given-up', reason: 'rescued-too-often' };
  const { data } = found;
  if (!isPlainObject(data)) return { kind: 'given-up', reason: 'no-object' };

  const of = ended.marker?.of ?? ended.name;
  const { at, direction, facts } = wayOn(found, data[SAGA_FIELD], ended);
  const marker: SagaResumption = { key: saga.key, at, direction, of, rescues };
  const input = JSON.stringify({ ...data, [SAGA_FIELD]: { ...facts, ...marker } });
  const isStarted = await start(executions, { stateMachineArn, name: rescueName(of, rescues), input }, executionArn);
  return isStarted ? { kind: 'rescued', direction, at } : { kind: 'given-up', reason: 'name-taken' };
}

async function describe(
  executionArn: string,
  key: string,
  executions: SagaExecutions,
): Promise<Pick<Ended, 'name' | 'input' | 'marker'>> {
  const { name = '', input: text = 'null' } = await executions.describe(executionArn);
  const input: unknown = JSON.parse(text);
  const marker = isPlainObject(input) ? input[SAGA_FIELD] : undefined;
  return { name, input, marker: isGenuine(marker, key) ? marker : undefined };
}

/** Input may come from anybody; the key only from a rescuer. */
function isGenuine(marker: unknown, key: string): marker is SagaResumption {
  return isPlainObject(marker) && marker.key === key;
}

/** An execution that was to go on, and ended before it came to that, has told only by its input where. */
function fromBeginning({ marker, input }: Ended, found: StopPoint): StopPoint {
  if (found.kind !== 'not-begun' || !marker) return found;
  const { at, direction } = marker;
  return { kind: 'stopped', at, direction, data: input, landmark: {} };
}

/** With the facts that the saga keeps of itself. */
function wayOn(
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
  return { at: broken.at, direction, facts: { ...withError, steps: passedOver(facts.steps, broken, error) } };
}

/** What is known of the steps, with the undo noted as failed. */
function passedOver(known: unknown, { key, steps }: UndoBypass, error: string | undefined): object {
  const note = { state: 'undo failed' satisfies StepState, error };
  const noted = steps ? Object.fromEntries(steps.map((name) => [name, note])) : note;
  return { ...(isPlainObject(known) && known), [key]: noted };
}

/** Longest name of an execution. */
const MAX_NAME = 80;

/** The name that a rescue has however often it is started. One that would be too long keeps its beginning, and what tells it apart. */
export function rescueName(of: string, rescues: number): string {
  const suffix = `+saga${rescues}`;
  if (of.length + suffix.length <= MAX_NAME) return of + suffix;
  const digest = createHash('sha256').update(of).digest('hex').slice(0, 16);
  return `${of.slice(0, MAX_NAME - suffix.length - digest.length - 1)}-${digest}${suffix}`;
}

/** Whether there is such an execution now: this one, or one that was started for the same event before. */
async function start(executions: SagaExecutions, execution: NewExecution, rescuedArn: string): Promise<boolean> {
  if (await executions.start(execution)) return true;
  const executionArn = rescuedArn.replace(/[^:]*$/, () => execution.name);
  const { input } = await executions.describe(executionArn);
  return input === execution.input;
}
