/** Height of a row. */
export const ROW_PX = 40;
/** Rows outside of the view. Each costs a slow machine 5 ms at each jump. */
export const OVERSCAN = 3;

/** Rows to draw: from the first, up to the last but one. */
export interface Range {
  readonly first: number;
  readonly end: number;
}

interface View {
  /** Scrolled so far, in pixels. */
  readonly top: number;
  /** In pixels. */
  readonly height: number;
  /** Rows of the whole table. */
  readonly count: number;
}

/** The rows in view. All rows have the same height, so this takes the same time for any number of them. */
export function rowsInView({ top, height, count }: View): Range {
  const first = Math.max(0, Math.min(count, Math.floor(top / ROW_PX)) - OVERSCAN);
  return { first, end: Math.max(first, Math.min(count, Math.ceil((top + height) / ROW_PX) + OVERSCAN)) };
}
