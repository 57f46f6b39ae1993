/** At most this share of a name may be mistyped for a suggestion. */
const SIMILAR = 0.4;

/** The name that somebody probably meant; undefined if none is similar. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const [best] = nearestFew(name, names, 1);
  return best;
}

/** The end of a message about an unknown name. Empty if none is similar. */
export function didYouMean(name: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  return meant === undefined ? '' : ` Did you mean ${meant}?`;
}

/** The names that somebody may have meant, the most similar first. A beginning counts as similar. */
export function nearestFew(name: string, names: readonly string[], most: number): readonly string[] {
  const begins = (each: string) => name.length > 2 && each.startsWith(name);
  return names
    .map((each) => ({ each, steps: begins(each) ? 0 : distance(each, name) }))
    .filter(({ each, steps }) => steps <= SIMILAR * Math.max(each.length, name.length))
    .toSorted((a, b) => a.steps - b.steps || (a.each < b.each ? -1 : 1))
    .slice(0, most)
    .map(({ each }) => each);
}

/** Number of insertions, deletions, replacements and swaps of neighbours between two names. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, row) => [row, ...new Array<number>(b.length).fill(0)]);
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  rows[0] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const steps = [at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1)];
      (rows[row] as number[])[column] = Math.min(...steps, ...(isSwap ? [at(row - 2, column - 2) + 1] : []));
    }
  }
  return at(a.length, b.length);
}
