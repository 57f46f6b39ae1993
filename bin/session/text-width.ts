const BREAK = ' ';

/** Width of the longest word. */
export function longestWord(text: string): number {
  return Math.max(...text.split(BREAK).map(widthOf));
}

/** Wraps text to a width. A longer word continues on the next line, after a hyphen if it has one. */
export function wrapped(text: string, width: number): readonly string[] {
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
