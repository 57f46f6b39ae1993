import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

const WIDTH_PX = 120;
const HEIGHT_PX = 28;
const BUCKETS = 24;

/** How many there were over time, as a small area. */
export function Sparkline({ times, label }: { readonly times: readonly number[]; readonly label: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current || times.length === 0) return undefined;
    const color = getComputedStyle(place.current).color;
    const plot = new uPlot(
      {
        width: WIDTH_PX,
        height: HEIGHT_PX,
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: true } },
        series: [{}, { stroke: color, fill: `color-mix(in srgb, ${color} 25%, transparent)`, points: { show: false } }],
        padding: [2, 0, 2, 0],
      },
      bucketed(times),
      place.current,
    );
    return () => plot.destroy();
  }, [times, times.length]);
  return <div class="sparkline" ref={place} role="img" aria-label={label} />;
}

/** Counts by equal parts of the time. */
export function bucketed(times: readonly number[], now = Date.now()): [number[], number[]] {
  let first = now;
  for (const time of times) first = Math.min(first, time);
  const width = Math.max(1, (now - first) / BUCKETS);
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const time of times) {
    const at = Math.min(BUCKETS - 1, Math.floor((time - first) / width));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return [counts.map((_, at) => (first + at * width) / 1_000), counts];
}
