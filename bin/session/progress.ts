import { plainText } from '../../lambdas/domain/disclosure/plain-text.ts';
import { columnsOf } from './text-width.ts';

/** A progress line that overwrites itself. */
export interface Progress {
  /** @param of number of items, if it is known only now */
  show(done: number, text: string, of?: number): void;
  /** Ends the line and leaves its text. */
  end(): void;
}

const BAR_WIDTH = 24;
const NONE: Progress = { show: () => undefined, end: () => undefined };

/**
 * Shows progress on a terminal only. Progress libraries capture the keyboard and exit at Ctrl-C, but in-flight messages
 * must be returned first.
 *
 * @param total number of items to process; 0 if unknown
 */
export function progressOn(stream: NodeJS.WriteStream, total: number, isQuiet: boolean): Progress {
  if (isQuiet || !stream.isTTY) return NONE;
  let isShown = false;
  return {
    show(done, text, of = total) {
      isShown = true;
      const share = of === 0 ? 1 : Math.min(1, done / of);
      const full = Math.round(share * BAR_WIDTH);
      const line = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${done}/${of} ${plainText(text)}`;
      stream.write(`\r\u001b[2K${line.slice(0, Math.max(20, columnsOf(stream) - 1))}`);
    },
    end() {
      if (isShown) stream.write('\n');
      isShown = false;
    },
  };
}
