import { call } from '../call.ts';
import type { SeenRun } from '../documents.ts';
import { runPlaces } from '../run-places.ts';

export const places = runPlaces(sessionStorage);

/** Begins a redrive or a discard. Its result shows on this screen. */
export async function beginRun(
  name: 'redrive' | 'resume-redrive' | 'discard' | 'resume-discard',
  input: object,
): Promise<void> {
  const place = location.hash;
  const { id } = await call<SeenRun>(name, input);
  places.begun(id, place);
}
