/** The docstrings of a source file as Markdown, each line where it was, so that what is said of one leads there. */
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

/** Without the marks of a comment, and without the names of tags. */
function textOf(line: string): string {
  return line
    .replace(/^\s*(?:\/\*\*|\*\/|\*)\s?/, '')
    .replace(/\s*\*\/.*$/, '')
    .replace(/^@\w+ ?/, '')
    .replaceAll(/\{@link ([^}]*)\}/g, '`$1`');
}
