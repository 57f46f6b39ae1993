/** A figure with its target. */
export interface Goal {
  readonly text: string;
  readonly isMet: boolean;
}

export interface Line {
  readonly what: string;
  readonly figures: readonly string[];
  readonly goals?: readonly Goal[];
}

export function atMost(name: string, value: number, limit: number): Goal {
  return { text: `${name} ${figure(value)} ≤ ${figure(limit)}`, isMet: value <= limit };
}

/** Prints lines below their headers, each followed by its goals. */
export function printTable(title: string, heads: readonly string[], lines: readonly Line[]): void {
  const cells = [['', ...heads], ...lines.map(({ what, figures }) => [what, ...figures])];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const text = (row: readonly string[]) =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ');
  console.log(`\n${title}`);
  cells.forEach((row, n) => {
    const goals = lines[n - 1]?.goals ?? [];
    const marks = goals.map(({ text: goal, isMet }) => `${isMet ? '✓' : '✗'} ${goal}`);
    console.log(`  ${[text(row), ...marks].join('   ')}`.trimEnd());
  });
}

/** Formats a number with about three significant digits. */
export function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 4;
  return Number(value.toFixed(digits)).toLocaleString('en-US', { maximumFractionDigits: 4 });
}
