import { isPlainObject } from '../../contract/json-round-trip.ts';
import {
  type RescueRequest,
  type ResumePoint,
  type ResumePoints,
  SAGA_FIELD,
  type SagaDirection,
} from '../../contract/resume-points.ts';

/** What is read of an event in the history of an execution. */
export interface HistoryEvent {
  readonly type?: string | undefined;
  readonly stateEnteredEventDetails?:
    | { readonly name?: string | undefined; readonly input?: string | undefined }
    | undefined;
  readonly stateExitedEventDetails?:
    | { readonly name?: string | undefined; readonly output?: string | undefined }
    | undefined;
  readonly executionFailedEventDetails?: { readonly error?: string | undefined } | undefined;
}

/** Where a saga stood when its execution ended. */
export type Standing =
  /** Nothing was begun, so that only the input of the execution tells what it was to do. */
  | { readonly kind: 'not-begun' }
  /** It had succeeded, or was undone, or had failed as it may. */
  | { readonly kind: 'ended' }
  /** It was at a state that the saga does not have any more. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'stopped';
      readonly at: string;
      readonly direction: SagaDirection;
      /** State data to go on with. */
      readonly data: unknown;
      readonly landmark: ResumePoint;
    };

/**
 * Finds where a saga stood.
 *
 * @param events History of the execution, the last event first, without that of its end; no more of it is read than it takes.
 */
export async function standing(
  events: AsyncIterable<HistoryEvent>,
  { firstStates, landmarks }: Pick<RescueRequest['saga'], 'firstStates' | 'landmarks'>,
): Promise<Standing> {
  let enteredOthers = false;
  for await (const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } of events) {
    // What follows the first states is one of the saga, or was one when the execution began.
    if (firstStates.includes(entered?.name ?? '')) return { kind: enteredOthers ? 'unknown' : 'not-begun' };
    const found =
      (exited && whereLeft(landmarks[exited.name ?? ''], { output: exited.output, enteredOthers })) ??
      (entered && whereEntered(entered.name ?? '', landmarks, entered.input));
    if (found) return found;
    enteredOthers ||= entered !== undefined;
  }
  return { kind: 'not-begun' };
}

/** Undefined where the state is to be looked at as one that was entered. */
function whereLeft(
  landmark: ResumePoint | undefined,
  { output, enteredOthers }: { readonly output: string | undefined; readonly enteredOthers: boolean },
): Standing | undefined {
  if (landmark?.left === undefined) return undefined;
  // A failure would have led to a state of the saga.
  if (landmark.left === null && enteredOthers) return { kind: 'ended' };
  const data = parse(output);
  // A state is also left where its failure is caught, and then the data holds the error.
  if (isPlainObject(data) && isPlainObject(data[SAGA_FIELD]) && 'error' in data[SAGA_FIELD]) return undefined;
  if (landmark.left === null) return { kind: 'ended' };
  return { kind: 'stopped', at: landmark.left, direction: 'forward', data, landmark: {} };
}

function whereEntered(name: string, landmarks: ResumePoints, input: string | undefined): Standing | undefined {
  const landmark = landmarks[name];
  if (landmark === undefined) return undefined;
  const { at = name, direction = 'undo' } = landmark;
  if (at === null) return { kind: 'ended' };
  return { kind: 'stopped', at, direction, data: parse(input), landmark };
}

function parse(text = 'null'): unknown {
  return JSON.parse(text);
}
