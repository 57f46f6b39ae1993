import type { Choice, ConflictView, DecisionReason, Difference } from '../../lambdas/contract/conflict-record.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import type { QuestionedEntry } from '../../lambdas/domain/ledger/ledger-changes.ts';
import { validateChoice } from '../../lambdas/use-cases/conflict/answer-question.ts';
import { type Printer, shortTime } from '../session/printer.ts';
import type { Session } from '../session/session.ts';
import { shortSpan } from '../session/short-span.ts';

const MEANINGS: Readonly<Record<DecisionReason, string>> = {
  'deleted-meanwhile': 'the resource was deleted in the meantime',
  'both-changed': 'both sides changed the same field',
  'no-timestamps': 'the last writer is unknown: a timestamp is missing',
  'same-time': 'the last writer is unknown: both timestamps are equal',
  'etag-format-changed': 'the ETag format changed since the write was prepared',
  'same-version': 'the dependency refused the write although the version is unchanged',
  'not-comparable': 'the versions are not comparable: one is not JSON, is too large, or would lose digits',
  'asked-for': 'the config asks for a human decision',
  'changed-since': 'the resource changed again after the last decision',
};
const MAX_CELL = 48;
const CHOICES: readonly Choice[] = ['ours', 'theirs', 'merged', 'abandon'];

type Circumstances = Pick<Session, 'now' | 'command'>;

/** A question as a JSON document. */
export function questionDocument(asking: QuestionedEntry) {
  const { id, dependency, correlationId, question } = asking;
  const shown: ConflictView = JSON.parse(question.shown);
  return {
    id,
    dependency,
    correlationId,
    question: question.id,
    because: question.because,
    askedAt: question.askedAt,
    until: question.until,
    version: question.version,
    operation: question.about && { method: question.about.method, path: question.about.path },
    choices: CHOICES.filter((choice) => validateChoice(choice, asking) === undefined),
    shown,
  };
}

/** Prints one line for each question. */
export function tellQuestions(
  questions: readonly QuestionedEntry[],
  print: Printer,
  { now, command }: Circumstances,
): void {
  if (questions.length === 0) {
    print.line('No open decisions.');
    return;
  }
  const rows = questions.map(({ id, dependency, question: { because, until } }) => [
    id,
    dependency,
    because,
    `${shortTime(until)} (${left(until, now())})`,
  ]);
  print.line(questions.length === 1 ? '1 open decision:' : `${questions.length} open decisions:`);
  print.line();
  print.records(['failure', 'dependency', 'reason', 'deadline'], rows);
  print.line();
  print.line(`next: ${command('decisions show FAILURE')}`);
}

/** Prints both versions, with sensitive values masked, and the possible decisions. */
export function tellQuestion(asking: QuestionedEntry, print: Printer, { now, command }: Circumstances): void {
  const { id, dependency, correlationId, question } = asking;
  print.heading(`${id}: ${meaningOf(asking)}`);
  print.line();
  print.table(
    ['', ''],
    [
      [
        'question',
        `${question.id}, asked ${shortTime(question.askedAt)}, deadline ${shortTime(question.until)} (${left(question.until, now())})`,
      ],
      ['dependency', dependency],
      ['correlation id', correlationId],
      ['operation', question.about ? `${question.about.method} ${question.about.path}` : 'unknown'],
      ['their version', question.version ?? (isGone(asking) ? '(deleted)' : '(no ETag)')],
    ],
  );
  print.line();
  tellBothVersions(asking, print);
  print.line('Decide:');
  for (const choice of CHOICES.filter((each) => validateChoice(each, asking) === undefined)) {
    const said = choice === 'merged' ? 'merged --body FILE' : choice;
    print.line(`  ${command(`decide ${shellWord(id)} ${said} --question ${shellWord(question.id)} --why '…'`)}`);
  }
  print.line('What each choice means:');
  print.line(`  ${command('decide --help')}`);
}

function meaningOf({ question: { because, about } }: QuestionedEntry): string {
  if (because !== 'both-changed' || !about) return MEANINGS[because];
  if (about.method === 'DELETE') return 'the write deletes a resource that may have changed in the meantime';
  return !about.hasBase ? 'both sides differ and the event has no base version' : MEANINGS[because];
}

/** Prints the differences field by field if they are known, otherwise each version as a whole. */
function tellBothVersions(asking: QuestionedEntry, print: Printer): void {
  const { ours, theirs, difference, more = 0 }: ConflictView = JSON.parse(asking.question.shown);
  if (difference.length === 0) {
    const isDeletion = asking.question.about?.method === 'DELETE';
    tellWhole('ours', ours, isDeletion ? '(deletion)' : '(unknown)', print);
    tellWhole('theirs', theirs, isGone(asking) ? '(deleted)' : '(unknown)', print);
    return;
  }
  const hasBase = asking.question.about?.hasBase || difference.some(({ base }) => base !== undefined);
  const sides = hasBase ? (['base', 'ours', 'theirs'] as const) : (['ours', 'theirs'] as const);
  print.table(
    ['field', ...sides],
    difference.map((row) => [nameOf(row), ...sides.map((side) => textOf(row[side]))].map(cut)),
  );
  print.line();
  if (more > 0) {
    print.line(`Not shown: ${more} more differences.`);
    print.line();
  }
  for (const row of difference) {
    if (![nameOf(row), ...sides.map((side) => textOf(row[side]))].some(isLong)) continue;
    print.line(`${nameOf(row)}, in full:`);
    for (const side of sides) print.line(`  ${side.padEnd(6)}   ${textOf(row[side])}`);
    print.line();
  }
}

function tellWhole(name: string, state: unknown, otherwise: string, print: Printer): void {
  print.line(`${name}:`);
  const lines = state === undefined ? [otherwise] : JSON.stringify(state, undefined, 2).split('\n');
  for (const line of lines) print.line(`  ${line}`);
  print.line();
}

function nameOf({ path }: Difference): string {
  return path === '' ? '(all)' : path;
}

function textOf(value: unknown): string {
  return value === undefined ? '(absent)' : JSON.stringify(value);
}

function isGone({ question: { state } }: QuestionedEntry): boolean {
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
  return ms < 0 ? 'overdue' : `${shortSpan(ms)} left`;
}
