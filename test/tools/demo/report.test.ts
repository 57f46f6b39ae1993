import { Writable } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Report } from '../../../tools/demo/report.ts';

beforeEach(() => vi.stubEnv('FORCE_COLOR', undefined));

function written(write: (report: Report) => void, { isTTY = false, columns = 100 } = {}): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  write(new Report(Object.assign(stream, { isTTY, columns, getColorDepth: () => 1 }) as unknown as NodeJS.WriteStream));
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

  it.each([
    [{ reason: 'exhausted' }, 'exhausted: answered by its fallback (static)'],
    [{}, 'answered by its fallback (static)'],
  ])('says which fallback answered, and why if that is known: %o', (why, expected) => {
    const degraded = { ...ending, ...why, outcome: 'degraded', fallback: 'static' } as const;
    expect(written((report) => report.row({ ending: degraded }))).toContain(`\n  ${expected}\n`);
  });

  it('tells a story in lines of whole facts', () => {
    const facts = {
      name: 'label',
      dependency: 'd'.repeat(20),
      because: 'permanent',
      rule: 'r'.repeat(20),
      attempts: 1,
    };
    const steps = [{ at: '2026-03-01T12:00:00Z', step: 'undo-failed', ...facts }] as const;
    expect(written((report) => report.trail(steps)).split('\n')).toEqual([
      `   0.0 s  undo-failed          name label, dependency ${'d'.repeat(20)}, because permanent`,
      `${' '.repeat(31)}rule ${'r'.repeat(20)}, attempts 1`,
      '',
    ]);
  });

  it('says how many completed steps are undone', () => {
    const undone = { ...ending, outcome: 'compensated', reason: 'exhausted', undone: '2 of 2' } as const;
    const told = written((report) => report.row({ ending: undone }));
    expect(told).toContain('\n  exhausted: 2 of 2 completed steps undone\n');
  });

  it('says what is wrong with a rejected event, and where', () => {
    const rejected = { outcome: 'rejected', reason: 'id-reused', endedAt: 0 } as const;
    const told = (message: string) =>
      written((report) => report.row({ ending: { ...rejected, message, path: 'id' } })).split('\n')[1];
    expect(told('id is missing')).toBe('  id-reused: id is missing');
    expect(told('known otherwise')).toBe('  id-reused (id): known otherwise');
  });

  it.each([100, 80, 60, 40])('fits a terminal of %i columns, sentences included', (width) => {
    const text = written(
      (report) => {
        report.header();
        report.row({ ending: { ...ending, reason: 'exhausted' }, sentAt: 1_000, say: 'word '.repeat(30).trim() });
      },
      { isTTY: true, columns: width },
    );
    const lines = text.split('\n');
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    expect(text).toContain('refund-1');
    expect(text).toContain('recovered');
    expect(lines.join(' ').match(/word/g)).toHaveLength(30);
  });

  it('does not let an event steer the terminal', () => {
    expect(written((report) => report.row({ ending: { ...ending, id: '\x1b[2Jx\r' } }))).toMatch(/^· \?\[2Jx\? /);
  });
});

describe('a change of a circuit', () => {
  it.each([
    ['closed', 'open', 'failure-rate', 'closed → open (failure-rate, 4 of 6 calls)'],
    ['open', 'half-open', 'time-to-probe', 'open → half-open (time-to-probe)'],
  ] as const)('from %s to %s has a line of its own', (from, to, reason, expected) => {
    const counts = { successes: 2, failures: 4 };
    const text = written((report) => report.change({ circuit: 'payments', from, to, reason, counts }));
    expect(text).toBe(`· circuit payments: ${expected}\n`);
  });
});

describe('the status line', () => {
  it("is omitted if the output isn't a terminal", () => {
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
