import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { arrivalsOf } from '../arrivals.ts';

const WIDTH_PX = 168;
const HEIGHT_PX = 32;

interface ArrivalsChartProps {
  /** In epoch milliseconds. Grows in place. */
  readonly times: readonly number[];
  /** What arrived. */
  readonly label: string;
}

/** How many arrived over time: a small chart with its period, its peak and an axis. */
export function ArrivalsChart({ times, label }: ArrivalsChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const { text, start, counts } = useMemo(() => arrivalsOf(times, Date.now()), [times, times.length]);
  useEffect(() => {
    if (!place.current) return undefined;
    const color = getComputedStyle(place.current).color;
    const bars = uPlot.paths.bars?.({ size: [0.8], align: 1 });
    const plot = new uPlot(
      {
        width: WIDTH_PX,
        height: HEIGHT_PX,
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: { x: { time: false, range: [0, counts.length] }, y: { range: [0, Math.max(1, ...counts)] } },
        series: [{}, { stroke: color, fill: color, points: { show: false }, ...(bars && { paths: bars }) }],
        padding: [2, 0, 0, 0],
      },
      [counts.map((_, at) => at), [...counts]],
      place.current,
    );
    return () => plot.destroy();
  }, [counts]);
  return (
    <figure class="arrivals">
      <div ref={place} role="img" aria-label={`${label}: ${text}`} />
      <div class="axis" aria-hidden="true">
        <span>{start}</span>
        <span>now</span>
      </div>
      <figcaption>{text}</figcaption>
    </figure>
  );
}
