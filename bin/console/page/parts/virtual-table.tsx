import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { OVERSCAN, type Range, ROW_PX, rowsInView } from '../rows-in-view.ts';

interface VirtualTableProps {
  readonly label: string;
  readonly head: readonly ComponentChildren[];
  /** Widths of the columns, as in `grid-template-columns`. */
  readonly columns: string;
  /** Those columns that a phone shows, by place, and their widths. */
  readonly phone: { readonly shows: readonly number[]; readonly columns: string };
  readonly count: number;
  readonly row: (index: number) => readonly ComponentChildren[];
  /** Called when the last rows come into view. */
  readonly onEnd?: (() => void) | undefined;
}

/** A table that holds only the rows in view, so that it scrolls through any number of them. */
export function VirtualTable({ label, head, columns, phone, count, row, onEnd }: VirtualTableProps) {
  const widths = { '--columns': columns, '--phone-columns': phone.columns };
  const classOf = (column: number) => (phone.shows.includes(column) ? undefined : 'wide');
  const box = useRef<HTMLDivElement>(null);
  const { first, end } = useRowsInView(box, count);
  useEffect(() => {
    if (count > 0 && end >= count - OVERSCAN) onEnd?.();
  }, [end, count, onEnd]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a table element can't be placed
    <div class="virtual" role="table" aria-label={label} aria-rowcount={count + 1}>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: a row is not interactive */}
      <div class="virtual-row head" role="row" aria-rowindex={1} style={widths}>
        {head.map((title, at) => (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: a heading is not interactive
          <div role="columnheader" key={at} class={classOf(at)}>
            {title}
          </div>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div class="virtual-box" ref={box} tabIndex={0} role="rowgroup">
        <div class="virtual-all" style={{ height: `${count * ROW_PX}px` }}>
          {Array.from({ length: end - first }, (_, at) => first + at).map((index) => (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: a row is not interactive
            <div
              class="virtual-row"
              role="row"
              key={index}
              aria-rowindex={index + 2}
              style={{
                ...widths,
                transform: `translateY(${index * ROW_PX}px)`,
                height: `${ROW_PX}px`,
              }}
            >
              {row(index).map((cell, at) => (
                // biome-ignore lint/a11y/useSemanticElements: see above
                <div role="cell" key={at} class={classOf(at)}>
                  {cell}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

/** The rows that a box shows as it scrolls and grows. */
function useRowsInView(box: RefObject<HTMLDivElement | null>, count: number): Range {
  const [range, setRange] = useState<Range>({ first: 0, end: 0 });
  useLayoutEffect(() => {
    const view = box.current;
    if (!view) return undefined;
    const look = () => {
      const next = rowsInView({ top: view.scrollTop, height: view.clientHeight, count });
      setRange((before) => (before.first === next.first && before.end === next.end ? before : next));
    };
    look();
    const size = new ResizeObserver(look);
    size.observe(view);
    view.addEventListener('scroll', look, { passive: true });
    return () => {
      size.disconnect();
      view.removeEventListener('scroll', look);
    };
  }, [count]);
  return range;
}
