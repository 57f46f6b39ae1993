/**
 * Extracts the docstrings of a source file as Markdown. Each line keeps its number, so that messages point to the
 * source.
 */
export function docstringsOf(source: string): string {
  let isWithin = false;
  return source
    .split('\n')
    .map((line) => {
      const begins = /^\s*\/\*\*/.test(line);
      isWithin ||= begins;
      const text = isWithin ? textOf(line) : '';
      if (line.includes('*/')) isWithin = false;
      return text;
    })
    .join('\n');
}

/** Removes comment markers and names of tags. */
function textOf(line: string): string {
  return line
    .replace(/^\s*(?:\/\*\*|\*\/|\*)\s?/, '')
    .replace(/\s*\*\/.*$/, '')
    .replace(/^@\w+ ?/, '')
    .replaceAll(/\{@link ([^}]*)\}/g, '`$1`');
}
