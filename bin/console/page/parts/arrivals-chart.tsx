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
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    if (!place.current) return undefined;
    plot.current = chartIn(place.current, counts.length);
    return () => plot.current?.destroy();
  }, [counts.length]);
  // Pages of dead letters arrive quickly, and a new chart for each would take longer than they do.
  useEffect(() => plot.current?.setData([counts.map((_, at) => at), [...counts]]), [counts]);
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

function chartIn(place: HTMLElement, bars: number): uPlot {
  const { color } = getComputedStyle(place);
  const paths = uPlot.paths.bars?.({ size: [0.8], align: 1 });
  const options: uPlot.Options = {
    width: WIDTH_PX,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: false, range: [0, bars] }, y: { range: (_, __, most) => [0, Math.max(1, most)] } },
    series: [{}, { stroke: color, fill: color, points: { show: false }, ...(paths && { paths }) }],
    padding: [2, 0, 0, 0],
  };
  return new uPlot(options, [[], []], place);
}
