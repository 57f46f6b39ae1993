import { expect, it } from 'vitest';
import { progressOn } from '../../../bin/session/progress.ts';

/** A terminal that records the written text. */
function terminal(isTTY = true, columns = 80) {
  const written: string[] = [];
  const stream = { isTTY, columns, write: (text: string) => written.push(text) > 0 };
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

it('draws how far it is on one line, over itself, and ends that line once', () => {
  const { stream, written } = terminal();
  const progress = progressOn(stream, 1_000, false);
  progress.show(0, '1/s');
  progress.show(250, '16/s');
  progress.show(1_000, '20/s');
  progress.end();
  progress.end();
  expect(written).toEqual([
    `\r\u001b[2K${'░'.repeat(24)} 0/1000 1/s`,
    `\r\u001b[2K${'█'.repeat(6)}${'░'.repeat(18)} 250/1000 16/s`,
    `\r\u001b[2K${'█'.repeat(24)} 1000/1000 20/s`,
    '\n',
  ]);
});

it('fits the terminal, and is full only once if more moves than expected', () => {
  const { stream, written } = terminal(true, 40);
  progressOn(stream, 10, false).show(12, 'until 2026-03-01T12:00:00Z');
  expect(written).toEqual([`\r\u001b[2K${'█'.repeat(24)} 12/10 until 20`]);
});

it.each([
  ['output is no terminal', false, false],
  ['one JSON document is wanted', true, true],
])('is silent where %s', (_, isTTY, isQuiet) => {
  const { stream, written } = terminal(isTTY);
  const progress = progressOn(stream, 10, isQuiet);
  progress.show(1, '');
  progress.end();
  expect(written).toEqual([]);
});
