/** What was heard last of something that is either well or in trouble, and when that was so, in RFC 3339. */
export interface Heard {
  readonly isTrouble: boolean;
  readonly at: string;
}

/** By name. */
export type AllHeard = Readonly<Record<string, Heard>>;

/** Of what is well again so many are remembered, the latest ones; what is in trouble is never forgotten. */
const MOST_WELL = 100;

/**
 * Takes in news, which may come late or twice: a signal that nobody could be told of comes back after those that followed it.
 * Undefined where nothing is new: it was heard before, or something later was.
 */
export function hear(known: AllHeard, name: string, news: Heard): AllHeard | undefined {
  const last = known[name];
  if (last && (news.at < last.at || (news.at === last.at && news.isTrouble === last.isTrouble))) return undefined;
  const all = Object.entries({ ...known, [name]: news });
  const well = all.filter(([, { isTrouble }]) => !isTrouble).sort(([, a], [, b]) => (a.at < b.at ? 1 : -1));
  const forgotten = new Set(well.slice(MOST_WELL).map(([each]) => each));
  return Object.fromEntries(all.filter(([each]) => !forgotten.has(each)));
}

export function isAnyInTrouble(known: AllHeard): boolean {
  return Object.values(known).some(({ isTrouble }) => isTrouble);
}

export function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

export function later(a: string, b: string): string {
  return a > b ? a : b;
}
