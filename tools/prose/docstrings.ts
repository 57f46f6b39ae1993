/**
 * Extracts the docstrings of a source file as Markdown. Each line keeps its number, so that messages point to the
 * source. Examples are code, so they become empty lines.
 */
export function docstringsOf(source: string): string {
  let isWithin = false;
  let isExample = false;
  return source
    .split('\n')
    .map((line) => {
      isWithin ||= /^\s*\/\*\*/.test(line);
      const text = isWithin ? textOf(line) : '';
      isExample = isWithin && (text.startsWith('@') ? text.startsWith('@example') : isExample);
      if (line.includes('*/')) isWithin = false;
      return isExample ? '' : markdownOf(text);
    })
    .join('\n');
}

/** Removes comment markers. */
function textOf(line: string): string {
  return line.replace(/^\s*(?:\/\*\*|\*\/|\*)\s?/, '').replace(/\s*\*\/.*$/, '');
}

/** Makes a tag an item of a list, so that its text ends where the next one begins. */
function markdownOf(text: string): string {
  return text.replace(/^@\w+/, '-').replaceAll(/\{@link ([^}]*)\}/g, '`$1`');
}

/** Longest line of a comment. Biome formats code to this width, but leaves comments as they are. */
const MAX_WIDTH = 120;

/** Numbers and lengths of the comments' lines that are too long. Examples are code. */
export function longCommentLines(source: string): readonly { readonly line: number; readonly length: number }[] {
  const docstrings = docstringsOf(source).split('\n');
  const comments = commentsOf(source).split('\n');
  return source
    .split('\n')
    .map(({ length }, index) => ({
      line: index + 1,
      length,
      isComment: docstrings[index] !== '' || comments[index] !== '',
    }))
    .filter(({ length, isComment }) => isComment && length > MAX_WIDTH);
}

const DIRECTIVE = /^(?:biome-ignore|@ts-|#|<reference)/;

/** Extracts the comments that have lines of their own as Markdown. Each line keeps its number. */
export function commentsOf(source: string): string {
  return source
    .split('\n')
    .map((line) => {
      const text = /^\s*\/\/+ ?(.*)$/.exec(line)?.[1] ?? '';
      return DIRECTIVE.test(text) ? '' : text;
    })
    .join('\n');
}
