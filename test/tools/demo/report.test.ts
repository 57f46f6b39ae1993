import { Writable } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Report } from '../../../tools/demo/report.ts';

beforeEach(() => vi.stubEnv('FORCE_COLOR', undefined));

function written(write: (report: Report) => void, { isTTY = false } = {}): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  write(
    new Report(Object.assign(stream, { isTTY, columns: 100, getColorDepth: () => 1 }) as unknown as NodeJS.WriteStream),
  );
  return text;
}

const ending = {
  id: 'refund-1',
  dependency: 'payments',
  verdict: 'transient',
  rule: 'http-503',
  attempts: 2,
  tier: 'hot',
  outcome: 'recovered',
  endedAt: 1_400,
  receivedAt: 1_100,
} as const;

describe('a row', () => {
  it('stands below its heading, at most 100 characters wide', () => {
    const lines = written((report) => {
      report.header();
      report.row({ ending, sentAt: 1_000, asExpected: true, say: 'Healed.' });
      report.row({ ending: { ...ending, id: 'i'.repeat(64), rule: 'r'.repeat(64), outcome: 'dead-lettered' } });
    }).split('\n');
    expect(lines.map((line) => line.length <= 100)).toEqual(lines.map(() => true));
    const [, header = '', row = '', say] = lines;
    for (const [heading, cell] of [
      ['failure', 'refund-1'],
      ['verdict', 'transient'],
      ['outcome', 'recovered'],
    ] as const) {
      expect(row.indexOf(cell)).toBe(header.indexOf(heading));
    }
    expect(row).toMatch(/^✓ .* 0\.4 s$/);
    expect(say).toBe('  Healed.');
  });

  it('counts from when the event was received, where somebody else sent it', () => {
    expect(written((report) => report.row({ ending }))).toMatch(/^· .* 0\.3 s\n$/);
  });

  it('gives the reason of a rejection, and leaves open what is not known', () => {
    const text = written((report) => report.row({ ending: { outcome: 'rejected', reason: 'no-id', endedAt: 0 } }));
    expect(text).toMatch(/^· –.* rejected .*–\n {2}no-id\n$/);
  });

  it('does not let an event steer the terminal', () => {
    expect(written((report) => report.row({ ending: { ...ending, id: '\x1b[2Jx\r' } }))).toMatch(/^· \?\[2Jx\? /);
  });
});

describe('the status line', () => {
  it('is left out where the output is no terminal', () => {
    expect(written((report) => report.status('waiting'))).toBe('');
  });

  it('stays below the lines on a terminal', () => {
    const text = written(
      (report) => {
        report.status('waiting');
        report.line('news');
        report.status('');
      },
      { isTTY: true },
    );
    expect(text).toBe('waiting\r\x1b[Knews\nwaiting\r\x1b[K');
  });
});
