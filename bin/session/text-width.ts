const BREAK = ' ';

/** Width of the longest word. */
export function longestWord(text: string): number {
  return Math.max(...text.split(BREAK).map(widthOf));
}

/** Columns of a terminal. One without a size says 0, and a file says nothing: both have room. */
export function columnsOf({ columns }: { readonly columns?: number | undefined }): number {
  return columns === undefined || columns <= 0 ? Number.POSITIVE_INFINITY : columns;
}

/** Wraps a line to a width, each part below the other. */
export function wrappedLine(line: string, width: number): readonly string[] {
  const indent = ' '.repeat(line.length - line.trimStart().length);
  return wrapped(line.trimStart(), width - indent.length).map((part) => indent + part);
}

/** Wraps text to at least one column. A longer word continues on the next line, after a hyphen if it has one. */
export function wrapped(text: string, columns: number): readonly string[] {
  const width = Math.max(1, columns);
  const lines = [''];
  for (const word of text.split(BREAK)) {
    const last = lines.length - 1;
    const line = lines[last] ?? '';
    if (line === '') lines[last] = word;
    else if (widthOf(line) + 1 + widthOf(word) <= width) lines[last] = `${line} ${word}`;
    else lines.push(word);
    for (let long = lines.at(-1) ?? ''; widthOf(long) > width; long = lines.at(-1) ?? '') {
      const letters = [...long];
      const hyphen = letters.lastIndexOf('-', width - 1) + 1;
      const end = hyphen > 0 ? hyphen : width;
      lines.splice(-1, 1, letters.slice(0, end).join(''), letters.slice(end).join(''));
    }
  }
  return lines;
}

/** Columns of a text, counted by characters. */
export function widthOf(text: string): number {
  return [...text].length;
}
