import type { Choice, ConflictView, DecisionReason, Difference } from '../../lambdas/contract/conflict-record.ts';
import { impossible } from '../../lambdas/use-cases/conflict/answer-question.ts';
import type { Asking } from '../../lambdas/use-cases/conflict/decisions.ts';
import type { Desk } from '../desk/desk.ts';
import { harmless, type Printer, shortSpan, shortTime } from '../desk/printer.ts';

const MEANINGS: Readonly<Record<DecisionReason, string>> = {
  'deleted-meanwhile': 'what it would change has been deleted meanwhile',
  'both-changed': 'both sides have changed the same field',
  'no-timestamps': 'the last writer can not be told: a time is missing',
  'same-time': 'the last writer can not be told: both times are the same',
  'etag-format-changed': 'the ETag is of another form than the one that the write was based on',
  'same-version': 'it was refused although the version has not changed',
  'not-comparable': 'the states can not be compared: one is no JSON, is too large, or would lose digits',
  'asked-for': 'the config asks for a decision',
  'changed-since': 'it has been changed again since the last decision',
};
const MAX_CELL = 48;
const CHOICES: readonly Choice[] = ['ours', 'theirs', 'merged', 'abandon'];

type Circumstances = Pick<Desk, 'now' | 'sameGlobals'>;

/** A question as JSON tells it. */
export function questionDocument(asking: Asking) {
  const { id, dependency, correlationId, failure, question } = asking;
  const shown: ConflictView = JSON.parse(question.shown);
  return {
    ...{ id, dependency, correlationId, question: question.id, because: question.because },
    ...{ askedAt: question.askedAt, until: question.until, version: question.version },
    ...(failure && { operation: { method: failure.operation.method, path: failure.operation.path } }),
    choices: CHOICES.filter((choice) => impossible(choice, asking) === undefined),
    shown,
  };
}

/** One line for each question. */
export function tellQuestions(questions: readonly Asking[], print: Printer, { now, sameGlobals }: Circumstances): void {
  if (questions.length === 0) {
    print.line('No conflict waits for a decision.');
    return;
  }
  const rows = questions.map(({ id, dependency, question: { because, until } }) => [
    ...[id, dependency, because],
    `${shortTime(until)} (${left(until, now())})`,
  ]);
  print.line(
    questions.length === 1 ? '1 conflict waits for a decision:' : `${questions.length} conflicts wait for a decision:`,
  );
  print.line();
  print.table(['failure', 'dependency', 'because', 'until'], rows);
  print.line();
  print.line(`See one: backstop decisions show FAILURE${sameGlobals}`);
}

/** Both versions, as far as they may be seen, and what can be decided. */
export function tellQuestion(asking: Asking, print: Printer, { now, sameGlobals }: Circumstances): void {
  const { id, dependency, correlationId, failure, question } = asking;
  print.heading(`${id}: ${meaningOf(asking)}`);
  print.line();
  print.table(
    ['', ''],
    [
      [
        'question',
        `${question.id}, asked ${shortTime(question.askedAt)}, until ${shortTime(question.until)} (${left(question.until, now())})`,
      ],
      ['dependency', dependency],
      ['correlation id', correlationId],
      ['operation', failure ? `${failure.operation.method} ${failure.operation.path}` : 'not kept'],
      ['their version', question.version ?? (isGone(asking) ? '(deleted)' : '(without an ETag)')],
    ],
  );
  print.line();
  tellBothVersions(asking, print);
  print.line('Decide (backstop decide --help says what each means):');
  for (const choice of CHOICES.filter((each) => impossible(each, asking) === undefined)) {
    const said = choice === 'merged' ? 'merged --body FILE' : choice;
    print.line(`  backstop decide ${id} ${said} --question ${question.id}${sameGlobals} --why '…'`);
  }
}

function meaningOf({ question: { because }, failure }: Asking): string {
  if (because !== 'both-changed' || !failure) return MEANINGS[because];
  const { method, base } = failure.operation;
  if (method === 'DELETE') return 'it was to be deleted, and may have been changed meanwhile';
  return base === undefined ? 'both sides differ, and the event does not say from which base' : MEANINGS[because];
}

/** Field by field where that can be told; else each as a whole. */
function tellBothVersions(asking: Asking, print: Printer): void {
  const { ours, theirs, difference, more = 0 }: ConflictView = JSON.parse(asking.question.shown);
  if (difference.length === 0) {
    const isDeletion = asking.failure?.operation.method === 'DELETE';
    tellWhole('ours', ours, isDeletion ? '(to be deleted)' : '(can not be told)', print);
    tellWhole('theirs', theirs, isGone(asking) ? '(deleted)' : '(can not be told)', print);
    return;
  }
  const hasBase = asking.failure?.operation.base !== undefined || difference.some(({ base }) => base !== undefined);
  const sides = hasBase ? (['base', 'ours', 'theirs'] as const) : (['ours', 'theirs'] as const);
  print.table(
    ['field', ...sides],
    difference.map((row) => [nameOf(row), ...sides.map((side) => textOf(row[side]))].map(cut)),
  );
  print.line();
  if (more > 0) print.line(`They differ on ${more} more, for which there is no room here.\n`);
  for (const row of difference) {
    if (![nameOf(row), ...sides.map((side) => textOf(row[side]))].some(isLong)) continue;
    print.line(harmless(`${nameOf(row)}, in full:`));
    for (const side of sides) print.line(`  ${side.padEnd(6)}   ${harmless(textOf(row[side]))}`);
    print.line();
  }
}

function tellWhole(name: string, state: unknown, otherwise: string, print: Printer): void {
  print.line(`${name}:`);
  const lines = state === undefined ? [otherwise] : JSON.stringify(state, undefined, 2).split('\n');
  for (const line of lines) print.line(`  ${harmless(line)}`);
  print.line();
}

function nameOf({ path }: Difference): string {
  return path === '' ? '(all)' : path;
}

function textOf(value: unknown): string {
  return value === undefined ? '(absent)' : JSON.stringify(value);
}

function isGone({ question: { state } }: Asking): boolean {
  return state === 'gone';
}

function isLong(text: string): boolean {
  return [...text].length > MAX_CELL;
}

function cut(text: string): string {
  return isLong(text) ? `${[...text].slice(0, MAX_CELL - 1).join('')}…` : text;
}

function left(until: string, now: number): string {
  const ms = Date.parse(until) - now;
  return ms < 0 ? 'over' : `${shortSpan(ms)} left`;
}
