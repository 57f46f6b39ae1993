import { JsonScanner } from './json-scanner.ts';

/**
 * Places in a JSON text.
 *
 * - `text`: the value there, unless it is null
 * - `text-or-null`: the value there
 */
export type Place =
  | 'text'
  | 'text-or-null'
  | { readonly members: Readonly<Record<string, Place>>; readonly others?: Place }
  | { readonly elements: Place };

/**
 * Replaces the value at each place by a string that holds its JSON text. So `JSON.parse` leaves these values as they
 * are. A place that occurs twice is replaced twice.
 *
 * @param text valid JSON
 */
export function liftTexts(text: string, place: Place): string {
  return rewrite(text, place, (raw) => JSON.stringify(raw));
}

/** Reverses {@link liftTexts}: replaces the string at each place by the JSON text that it holds. */
export function sinkTexts(text: string, place: Place): string {
  return rewrite(text, place, (raw) => (raw.startsWith('"') ? JSON.parse(raw) : raw));
}

function rewrite(text: string, place: Place, change: (raw: string) => string): string {
  const scanner = new JsonScanner(text);
  const pieces: string[] = [];
  let copied = 0;
  const read = (here: Place | undefined): void => {
    const begun = scanner.at;
    const { type } = scanner;
    if (here === 'text' || here === 'text-or-null') {
      const raw = scanner.skip();
      if (raw === 'null' && here === 'text') return;
      pieces.push(text.slice(copied, begun), change(raw));
      copied = begun + raw.length;
    } else if (here && 'members' in here && type === 'object') {
      scanner.members((name) => read(Object.hasOwn(here.members, name) ? here.members[name] : here.others));
    } else if (here && 'elements' in here && type === 'array') {
      scanner.elements(() => read(here.elements));
    } else scanner.skip();
  };
  read(place);
  return pieces.join('') + text.slice(copied);
}
