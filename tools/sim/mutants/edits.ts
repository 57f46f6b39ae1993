/** Replaces some lines of a file, which keeps its number of lines. */
export interface Edit {
  readonly file: string;
  /** The first line, from 1. */
  readonly line: number;
  readonly count: number;
  /** What the lines become. */
  readonly to: string;
}

/** A guard inside a statement: the text that holds it, and the text without it. */
export interface Term {
  readonly file: string;
  readonly name: string;
  /** On one line only. */
  readonly from: string;
  readonly to: string;
}

/** @throws Error if the text is not on exactly one line, so that no term outlives its guard */
export function termEdit(lines: readonly string[], { file, name, from, to }: Term): Edit {
  const found = lines.flatMap((text, index) => (text.includes(from) ? [index] : []));
  const [index] = found;
  if (index === undefined || found.length > 1) throw new Error(`${file} has "${from}" (${name}) ${found.length} times`);
  return { file, line: index + 1, count: 1, to: (lines[index] ?? '').replace(from, () => to) };
}

/** The source with the edit. Other lines keep their places. */
export function withEdit(source: string, { line, count, to }: Edit): string {
  const lines = source.split('\n');
  const first = line - 1;
  return lines
    .with(first, to)
    .map((text, index) => (index > first && index < first + count ? '' : text))
    .join('\n');
}
