import { shellWord } from '../disclosure/shell-word.ts';
import { unlinked } from '../disclosure/unlinked.ts';

/** The form of ids, dependencies and reasons. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A text of others as an argument of a command. Anything else selects nothing, so it may change. */
export function argument(text: string): string {
  return shellWord(NAME.test(text) ? text : unlinked(text));
}
