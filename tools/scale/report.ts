import { LIMITS, type LimitName } from './limits.ts';
import { needAt, type Storm, simulateStorm, workerSeconds } from './load.ts';

const RATES = [1, 100, 10_000];
const MILLION = 1_000_000;
const STORMS: readonly Storm[] = [
  { failures: MILLION, over: 600, maxConcurrency: 5 },
  { failures: MILLION, over: 600, maxConcurrency: 100 },
  { failures: MILLION, over: 600, maxConcurrency: 1_000 },
  { failures: MILLION, over: 60, maxConcurrency: 1_000 },
];

/** The tables of docs/scale.md. */
export function scaleTables(): Readonly<Record<'rates' | 'storm', readonly string[]>> {
  return { rates: rates(), storm: storms(STORMS) };
}

function rates(): readonly string[] {
  const needs = RATES.map(needAt);
  const rows = Object.entries(LIMITS).map(([name, { what, perSecond: limit }]) => {
    const cells = needs.map((need) => {
      const amount = need[name as LimitName];
      return amount > limit ? `**${short(amount)}**` : short(amount);
    });
    return row([what, limit.toLocaleString('en-US'), ...cells]);
  });
  return [
    row(['a second', 'default', ...RATES.map((rate) => `${short(rate)} failure${rate === 1 ? '' : 's'}`)]),
    row(['---', '---', ...RATES.map(() => '---')]),
    ...rows,
  ];
}

const OTHERS: Readonly<Record<string, string>> = { maxConcurrency: '`maxConcurrency`', nothing: 'nothing' };

function storms(all: readonly Storm[]): readonly string[] {
  const rows = all.map((storm) => {
    const { lanes, oldest, backlog, stopper } = simulateStorm(storm);
    const stops = stopper in LIMITS ? LIMITS[stopper as LimitName].what : OTHERS[stopper];
    const perSecond = Math.min(storm.maxConcurrency, LIMITS.concurrency.perSecond) / workerSeconds();
    return row([
      time(storm.over),
      short(storm.maxConcurrency),
      short(perSecond),
      time(lanes),
      short(backlog),
      time(oldest),
      stops ?? '',
    ]);
  });
  return [
    row([
      'arrive over',
      'sum of `maxConcurrency`',
      'failures a second',
      'lanes are empty after',
      'most waiting',
      'longest wait',
      'what stops it',
    ]),
    row(['---', '---', '---', '---', '---', '---', '---']),
    ...rows,
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Two digits that count. */
function short(amount: number): string {
  return Number(amount.toPrecision(2)).toLocaleString('en-US');
}

function time(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
