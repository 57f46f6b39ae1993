import { describe, expect, it } from 'vitest';
import { Printer } from '../../../bin/session/printer.ts';
import { shortSpan, stepSpan } from '../../../bin/session/short-span.ts';
import { captured } from '../../support/operator.ts';

function printed(
  tell: (print: Printer) => void,
  { columns, ...options }: { columns?: number; json?: boolean; colors?: boolean } = {},
) {
  const { streams, written } = captured(columns);
  tell(new Printer({ ...streams, json: false, colors: false, ...options }));
  return written();
}

describe('records', () => {
  const HEAD = ['', 'dependency', 'state', 'tenant', 'summary'];
  const ROWS = [
    ['P1', 'payments', 'acknowledged by alice', '', 'payments keeps failing: its circuit is open and blocks calls'],
    ['P2', 'orders', 'open', '', 'Failures of orders became dead letters: permanent (rule http-bad-request)'],
  ];
  const at = (columns: number) => printed((print) => print.records(HEAD, ROWS), { columns }).out.split('\n');

  it.each([60, 80, 120])('fit %i columns, in whole words', (columns) => {
    const lines = at(columns);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    const words = new Set(lines.flatMap((line) => line.split(/ +/)));
    for (const word of ROWS.flat().flatMap((cell) => cell.split(' '))) expect(words).toContain(word);
  });

  it('are a table where there is room, without columns that nobody uses', () => {
    expect(at(120)[0]).toMatch(/^ +dependency +state +summary$/);
  });

  it('are one below another where there is none', () => {
    expect(at(60).slice(0, 5)).toEqual([
      '  P1 payments',
      '    state    acknowledged by alice',
      '    summary  payments keeps failing: its circuit is open and',
      '             blocks calls',
      '',
    ]);
  });
});

it.each([0, 1])('a terminal that says it has %d columns gets every character', (columns) => {
  const { out } = printed(
    (print) => {
      print.line('  two words');
      print.records(['id', 'text'], [['order-1', 'a sentence']]);
      print.paragraph('three more words');
    },
    { columns },
  );
  const characters = out.replace(/\s/g, '');
  for (const text of ['twowords', 'order-1', 'asentence', 'threemorewords']) expect(characters).toContain(text);
});

describe('a table', () => {
  const rows = [
    ['order-1', 'a sentence of several words that says a lot'],
    ['order-22', 'short'],
  ];

  it('is as wide as what it holds, where nobody says how wide it may be', () => {
    expect(printed((print) => print.table(['id', 'text'], rows)).out).toBe(
      '  id        text\n  order-1   a sentence of several words that says a lot\n  order-22  short\n',
    );
  });

  it.each([30, 40, 60])('fits into a terminal of %d columns, and loses no word', (columns) => {
    const { out } = printed((print) => print.table(['id', 'text'], rows), { columns });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    for (const word of rows.flat().join(' ').split(' ')) expect(out).toContain(word);
  });

  it('breaks an id or a time only where nothing else gives way', () => {
    const rows = [['an-id-of-28-characters-in-all', '2026-11-25T07:06:43Z', 'some words about it']];
    const lines = (columns: number) =>
      printed((print) => print.table(['id', 'when', 'why'], rows), { columns }).out.split('\n');
    expect(lines(64)[1]).toBe('  an-id-of-28-characters-in-all  2026-11-25T07:06:43Z  some');
    const narrow = lines(40);
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(narrow.map((line) => line.slice(2, 16).trim()).join('')).toContain('characters-in-all');
  });

  it('lets no text of others steer the terminal', () => {
    const { out } = printed((print) => print.table(['\u0000'.slice(1), ''], [['\u001b[2J\nid', '\u202eevil']]));
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(out.split('\n')).toHaveLength(2);
  });

  it('has colours only where they are wanted', () => {
    const tell = (print: Printer) => print.table(['a'], [[{ text: 'red', style: 'red' }]]);
    expect(printed(tell).out).not.toContain('\u001b');
    expect(printed(tell, { colors: true }).out).toContain('\u001b[31mred');
  });
});

it('prints one document, and nothing else, where JSON is asked for', () => {
  const tell = (print: Printer) => {
    print.note('beside it');
    print.result({ a: 1 }, () => print.line('for humans'));
  };
  expect(printed(tell, { json: true })).toEqual({ out: '{\n  "a": 1\n}\n', err: 'beside it\n' });
  expect(printed(tell).out).toBe('for humans\n');
});

it.each([
  [0, '0 s'],
  [340, '1 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [3_660_000, '1 h 1 min'],
  [86_400_000, '1 d'],
  [90_000_000, '1 d 1 h'],
])('shows %d ms as %s', (ms, text) => {
  expect(shortSpan(ms)).toBe(text);
});

it.each([
  [0, '0 s'],
  [340, '340 ms'],
  [1_500, '2 s'],
])('shows %d ms between two steps as %s', (ms, text) => {
  expect(stepSpan(ms)).toBe(text);
});
