import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const ROW_PX = 40;
const OVERSCAN = 10;

interface VirtualTableProps {
  readonly label: string;
  readonly head: readonly ComponentChildren[];
  /** Widths of the columns, as in `grid-template-columns`. */
  readonly columns: string;
  readonly count: number;
  readonly row: (index: number) => readonly ComponentChildren[];
  /** Called when the last rows come into view. */
  readonly onEnd?: (() => void) | undefined;
}

/** A table that holds only the rows in view, so that it scrolls through any number of them. */
export function VirtualTable({ label, head, columns, count, row, onEnd }: VirtualTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const [, draw] = useState(0);
  const [virtualizer] = useState(
    () =>
      new Virtualizer<HTMLDivElement, HTMLDivElement>({
        count,
        estimateSize: () => ROW_PX,
        getScrollElement: () => box.current,
        observeElementRect,
        observeElementOffset,
        scrollToFn: elementScroll,
        overscan: OVERSCAN,
        onChange: () => draw((before) => before + 1),
      }),
  );
  virtualizer.setOptions({ ...virtualizer.options, count });
  useEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (count > 0 && last >= count - OVERSCAN) onEnd?.();
  }, [last, count, onEnd]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a table element can't be placed
    <div class="virtual" role="table" aria-label={label} aria-rowcount={count + 1}>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: a row is not interactive */}
      <div class="virtual-row head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: columns }}>
        {head.map((title, at) => (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: a heading is not interactive
          <div role="columnheader" key={at}>
            {title}
          </div>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div class="virtual-box" ref={box} tabIndex={0} role="rowgroup">
        <div class="virtual-all" style={{ height: `${virtualizer.getTotalSize()}px` }}>
          {items.map(({ index, start }) => (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: a row is not interactive
            <div
              class="virtual-row"
              role="row"
              key={index}
              aria-rowindex={index + 2}
              style={{ gridTemplateColumns: columns, transform: `translateY(${start}px)`, height: `${ROW_PX}px` }}
            >
              {row(index).map((cell, at) => (
                // biome-ignore lint/a11y/useSemanticElements: see above
                <div role="cell" key={at}>
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
