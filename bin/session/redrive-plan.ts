import { hasStepsLeft } from '../../lambdas/contract/compensation.ts';
import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import type { Survey } from '../../lambdas/use-cases/redrive/survey.ts';
import { countsByReason, deadLetterCount, inWords, type Row, reasonOf } from './dead-letters.ts';
import { type Acknowledgements, incidentLines, incidentsBefore } from './incidents.ts';
import { isPaused } from './lane-state.ts';
import type { Route } from './route.ts';
import { meetingLines } from './runs-under-way.ts';
import type { Session } from './session.ts';
import { shortSpan } from './short-span.ts';

const SAMPLE = 5;

/** What an operator hears before a redrive. */
interface Counted extends Pick<Survey, 'isWhole' | 'hidden'> {
  readonly spent: number;
  readonly incidents: Acknowledgements;
}

interface Planned {
  /** Dead letters per second. */
  readonly rate: number;
  readonly paused: boolean;
  /** Warnings of runs of others. */
  readonly met: readonly string[];
}

/** Only the dead letters of the lane itself are what its incidents are about. */
export async function incidentsOfRedrive(session: Session, { name, dependency }: Route, letters: DeadLetterFilter) {
  return incidentsBefore(session, dependency, {
    action: 'redrive',
    letters: name === dependency ? letters : undefined,
  });
}

/**
 * A lane queue keeps messages for less time than a dead-letter queue. If the state is unknown, the redrive goes ahead.
 */
export async function isTargetPaused({ clients, deployment }: Session, { dependency }: Route): Promise<boolean> {
  const lane = deployment.lanes.find(({ name }) => name === dependency);
  return lane !== undefined && (await isPaused(clients.lambda, lane).catch(() => false));
}

/** Warnings of runs that may be about the same dead letters: this operator holds the lease of the queue itself. */
export async function othersMet(session: Session, { name, dependency }: Route, filter: DeadLetterFilter) {
  return meetingLines(session, { ...filter, dependency }, ({ what, of }) => what === 'redrive' && of === name);
}

/** Dead letters that the lane will park. */
export function spentAmong({ deployment }: Session, rows: readonly Row[], { dependency }: Route): number {
  const lane = deployment.lanes.find(({ name }) => name === dependency);
  return lane === undefined ? 0 : rows.filter(({ cycle = 0 }) => cycle >= lane.maxCycles).length;
}

export function planOf(
  { words }: Route,
  rows: readonly Row[],
  { spent, rate, isWhole, hidden, paused, met, incidents }: Counted & Planned,
): readonly string[] {
  return [
    `Redrive ${isWhole ? '' : 'at least '}${deadLetterCount(rows.length)} ${words} (${inWords(countsByReason(rows))}).`,
    `Ramps up to ${rate} per second; takes at least ${shortSpan((rows.length * 1_000) / rate)}.`,
    ...(hidden > 0
      ? [`Another reader hides ${deadLetterCount(hidden)}. Waits for them, and moves those that match.`]
      : []),
    ...(spent > 0 ? [`Will be parked, no cycles left: ${spent}.`] : []),
    ...(paused
      ? ['The lane is PAUSED: dead letters wait in its queue until you resume it. After 4 days SQS deletes them.']
      : []),
    ...met,
    ...incidentLines(incidents),
  ];
}

export function tellSample(
  { print, now }: Session,
  route: Route,
  rows: readonly Row[],
  { spent, isWhole, hidden, incidents, hint }: Counted & { readonly hint: string | undefined },
): void {
  const sample = rows.slice(0, SAMPLE);
  const counts = countsByReason(rows);
  const stepsLeft = rows.filter(hasStepsLeft).map(({ id }) => id);
  const facts = { isWhole, hidden, spent, counts, stepsLeft, sample, hint };
  print.result({ matched: rows.length, ...facts, ...incidents }, () => {
    print.line(
      `Dry run: would redrive ${isWhole ? '' : 'at least '}${deadLetterCount(rows.length)} ${route.words}${rows.length > 0 ? ` (${inWords(counts)})` : ''}.`,
    );
    if (hint !== undefined) print.line(hint);
    if (spent > 0) print.line(`Would be parked, no cycles left: ${spent}.`);
    if (rows.length === 0) return;
    for (const line of incidentLines(incidents)) print.line(line);
    print.line();
    if (sample.length < rows.length) print.line('For example:');
    print.records(
      ['id', 'reason', 'rule', 'attempts', 'cycle', 'age'],
      sample.map((row) => [row.id, reasonOf(row), row.rule, row.attempts, row.cycle, shortSpan(now() - row.at)]),
    );
    print.line();
    print.line("Nothing was moved. To redrive, run the same command with --why '…' instead of --dry-run.");
  });
}
