/**
 * Servers with best-fit or compatibility mapping (NFKC) read these as a dot or a separator: slash, backslash, question
 * mark, hash or percent sign. The bytes of the path have none. Dots that are part of a word, as in an ellipsis, are no
 * harm.
 */
const LOOKALIKES =
  /[\u2024\ufe52\uff0e\u2044\u2215\u29f8\uff0f\u2216\u29f5\u29f9\uff3c\ufe68\uff1f\ufe56\uff03\ufe5f\uff05\ufe6a]/;
const MARKS = /[/\\?#%]/;
const IDEOGRAPHIC_STOPS = /[\u3002\uff61]/g;
/** Some servers trim each segment. Compatibility mapping makes plain spaces of the others. */
const INVISIBLE = /[ \p{Cf}\p{DI}]/gu;

/**
 * Checks a decoded path as a server sees it that replaces characters by similar ones.
 *
 * @returns the problem, without any part of the path; undefined if there is none
 */
export function foldedPathProblem(decoded: string): string | undefined {
  const others = decoded.replace(/[ -~]/g, '');
  if (LOOKALIKES.test(others) || MARKS.test(others.normalize('NFKC'))) {
    return 'must not contain a character that a server may take for a dot or a separator';
  }
  return /\/\.+(?![\w~.-])/.test(folded(decoded))
    ? 'must not contain a segment of dots, whatever they look like'
    : undefined;
}

/** The text as such a server reads it. */
export function folded(text: string): string {
  return text.normalize('NFKC').replace(INVISIBLE, '').replace(IDEOGRAPHIC_STOPS, '.');
}
