/** How far something is, on a line of its own that is written over. */
export interface Progress {
  show(done: number, text: string): void;
  /** Leaves the line as it is, and ends it. */
  end(): void;
}

const BAR_WIDTH = 24;
const NONE: Progress = { show: () => undefined, end: () => undefined };

/**
 * On a terminal only. A line of our own, since the libraries for it take the keyboard for themselves, and end the process at Ctrl-C:
 * what is in hand must be put back first.
 *
 * @param total what there is to do; 0 where nobody knows
 */
export function progressOn(stream: NodeJS.WriteStream, total: number, isQuiet: boolean): Progress {
  if (isQuiet || !stream.isTTY) return NONE;
  let isShown = false;
  return {
    show(done, text) {
      isShown = true;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const full = Math.round(share * BAR_WIDTH);
      const line = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${done}/${total} ${text}`;
      stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, stream.columns - 1))}`);
    },
    end() {
      if (isShown) stream.write('\n');
      isShown = false;
    },
  };
}
