import { stepSpan } from '../../session/short-span.ts';
import type { Mark, Span } from './timeline.ts';

/** Marks that are too close to each other to tell apart, in a lane. */
export interface Cluster {
  readonly from: number;
  readonly to: number;
  readonly lane: Mark['lane'];
  readonly marks: readonly Mark[];
}

/** Marks within this share of the view are one. On a phone, a mark is as wide. */
const TOO_CLOSE = 0.035;

/** The marks of a view, with those too close to each other in one. */
export function clustersOf(marks: readonly Mark[], view: Span): readonly Cluster[] {
  const most = (view.to - view.from) * TOO_CLOSE;
  const all: { from: number; to: number; lane: Mark['lane']; marks: Mark[] }[] = [];
  for (const mark of marks) {
    if (mark.at < view.from || mark.at > view.to) continue;
    const near = all.findLast(({ lane }) => lane === mark.lane);
    if (near !== undefined && mark.at - near.from <= most) {
      near.marks.push(mark);
      near.to = mark.at;
    } else all.push({ from: mark.at, to: mark.at, lane: mark.lane, marks: [mark] });
  }
  return all;
}

/** Views to offer: fewer are found sooner. */
const MOST_ZOOMS = 5;

/** Short parts of a view in which most happens, in the order of time: milliseconds beside hours. */
export function zoomsOf(marks: readonly Mark[], view: Span): readonly (Span & { readonly count: number })[] {
  const near = clustersOf(
    marks.map((mark) => ({ ...mark, lane: 'steps' as const })),
    view,
  );
  return near
    .filter(({ from, to }) => to > from)
    .map(({ from, to, marks }) => ({ from, to, count: marks.length }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_ZOOMS)
    .toSorted((a, b) => a.from - b.from);
}

const UNITS = [
  [1, [1, 2, 5, 10, 20, 50, 100, 200]],
  [1_000, [1, 2, 5, 10]],
  [60_000, [1, 2, 5, 10, 15, 30]],
  [3_600_000, [1, 2, 3, 6, 12]],
  [86_400_000, [1, 2, 3, 7]],
] as const;
/** Distances of ticks that have a short name. */
const TICK_STEPS = UNITS.flatMap(([unit, counts]) => counts.map((count) => count * unit));
const MOST_TICKS = 5;
/** The text of a later one would leave the view. */
const LAST_TICK = 0.92;

/** Times to name on the axis, as spans since the beginning of the timeline. */
export function ticksOf({ from, to }: Span): readonly { readonly at: number; readonly text: string }[] {
  const step = TICK_STEPS.find((each) => (to - from) / each <= MOST_TICKS) ?? Number.POSITIVE_INFINITY;
  const count = Math.floor(((to - from) * LAST_TICK) / step);
  return Array.from({ length: count }, (_, index) => index + 1).map((index) => ({
    at: from + index * step,
    text: `+${stepSpan(index * step)}`,
  }));
}
