import { isPlainObject } from '../../contract/json-round-trip.ts';
import { ownMember } from '../../contract/own-member.ts';
import {
  type RescueRequest,
  type ResumePoint,
  type ResumePoints,
  SAGA_FIELD,
  type SagaDirection,
} from '../../contract/resume-points.ts';
import { liftTexts, type Place, sinkTexts } from '../json/json-places.ts';

/** The fields that Backstop reads from an event of an execution's history. */
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

/** Where a saga stopped when its execution ended. */
export type StopPoint =
  /** No step began, so only the execution's input describes the saga. */
  | { readonly kind: 'not-begun' }
  /** The saga succeeded, was undone, or failed in an expected way. */
  | { readonly kind: 'ended' }
  /** The saga no longer has the state at which it stopped. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'stopped';
      readonly at: string;
      readonly direction: SagaDirection;
      /** State data for the resumed execution. */
      readonly data: unknown;
      readonly landmark: ResumePoint;
    };

/**
 * Finds where a saga stopped.
 *
 * @param events history of the execution, newest event first, without its final event. Reads only as many events as
 * needed.
 */
export async function findStopPoint(
  events: AsyncIterable<HistoryEvent>,
  { firstStates, landmarks }: Pick<RescueRequest['saga'], 'firstStates' | 'landmarks'>,
): Promise<StopPoint> {
  let enteredOthers = false;
  for await (const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } of events) {
    // A state after the first ones belongs to the saga, or did so when the execution began.
    if (firstStates.includes(entered?.name ?? '')) return { kind: enteredOthers ? 'unknown' : 'not-begun' };
    const found =
      (exited && stopPointAfter(ownMember(landmarks, exited.name ?? ''), { output: exited.output, enteredOthers })) ??
      (entered && stopPointAt(entered.name ?? '', landmarks, entered.input));
    if (found) return found;
    enteredOthers ||= entered !== undefined;
  }
  return { kind: 'not-begun' };
}

/** Undefined if the caller must treat the state as entered. */
function stopPointAfter(
  landmark: ResumePoint | undefined,
  { output, enteredOthers }: { readonly output: string | undefined; readonly enteredOthers: boolean },
): StopPoint | undefined {
  if (landmark?.left === undefined) return undefined;
  // A failure would have entered another state of the saga.
  if (landmark.left === null && enteredOthers) return { kind: 'ended' };
  const data = readStateData(output);
  // A caught failure also exits a state. The state data then holds the error.
  if (isPlainObject(data) && isPlainObject(data[SAGA_FIELD]) && 'error' in data[SAGA_FIELD]) return undefined;
  if (landmark.left === null) return { kind: 'ended' };
  return { kind: 'stopped', at: landmark.left, direction: 'forward', data, landmark: {} };
}

function stopPointAt(name: string, landmarks: ResumePoints, input: string | undefined): StopPoint | undefined {
  const landmark = ownMember(landmarks, name);
  if (landmark === undefined) return undefined;
  const { at = name, direction = 'undo' } = landmark;
  if (at === null) return { kind: 'ended' };
  return { kind: 'stopped', at, direction, data: readStateData(input), landmark };
}

/** Reads state data. Each member but the saga's own is its JSON text, so that {@link writeStateData} changes none. */
export function readStateData(text = 'null'): unknown {
  return JSON.parse(liftTexts(text, STATE_DATA));
}

export function writeStateData(data: object): string {
  return sinkTexts(JSON.stringify(data), STATE_DATA);
}

const STATE_DATA: Place = { members: { [SAGA_FIELD]: { members: {} } }, others: 'text-or-null' };
