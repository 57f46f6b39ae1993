import type { Failure } from '../../contract/failure.ts';
import { liftTexts, type Place, sinkTexts } from '../json/json-places.ts';

/** The values that an operation carries as text. */
export const OPERATION_TEXTS: Place = { members: { body: 'text', base: 'text' } };

const OPERATION_OF: Place = { members: { operation: OPERATION_TEXTS } };
const FAILURE = { operation: OPERATION_TEXTS, undo: { elements: OPERATION_OF } } as const;
/** The values that a failure's detail carries as text. */
export const FAILURE_TEXTS = { members: FAILURE } as const satisfies Place;
/** The same in a lane message: the detail by itself, within an event, or a failed invocation of AWS. */
export const MESSAGE_TEXTS: Place = {
  members: { ...FAILURE, detail: { members: { ...FAILURE, requestPayload: 'text-or-null' } } },
};

/** Writes a failure as JSON, with each body as it came in. */
export function writeFailure(failure: object): string {
  return sinkTexts(JSON.stringify(failure), FAILURE_TEXTS);
}

/** Reads what {@link writeFailure} wrote. */
export function readFailure(text: string): Failure {
  return JSON.parse(liftTexts(text, FAILURE_TEXTS));
}
