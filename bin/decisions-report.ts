import { impossible } from '../lambdas/shared/conflict/answer-question.ts';
import type { Choice, Difference, Shown, Undecided } from '../lambdas/shared/conflict/conflict-record.ts';
import type { Asking } from '../lambdas/shared/conflict/decision-notes.ts';

const MEANINGS: Readonly<Record<Undecided, string>> = {
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

/** When it is, and what the commands that are told need to find the ledger: `--table NAME`, or nothing. */
export interface Circumstances {
  readonly now: number;
  readonly tableOption: string;
}

/** One line for each question. */
export function listed(questions: readonly Asking[], { now, tableOption }: Circumstances): string {
  if (questions.length === 0) return 'No conflict waits for a decision.';
  const rows = questions.map(({ id, dependency, question: { because, until } }) => [
    ...[id, dependency, because],
    `until ${minute(until)} (${left(until, now)})`,
  ]);
  const count = questions.length === 1 ? '1 conflict waits' : `${questions.length} conflicts wait`;
  const next = `See one: npm run decisions -- show FAILURE${tableOption}`;
  return [`${count} for a decision:`, '', ...table(rows), '', next].join('\n');
}

/** Both versions, as far as they may be seen, and what can be decided. */
export function shown(asking: Asking, { now, tableOption }: Circumstances): string {
  const { id, dependency, correlationId, failure, question } = asking;
  const facts = [
    [
      'question',
      `${question.id}, asked ${minute(question.askedAt)}, until ${minute(question.until)} (${left(question.until, now)})`,
    ],
    ['dependency', dependency],
    ['correlation id', correlationId],
    ['operation', failure ? `${failure.operation.method} ${failure.operation.path}` : 'not kept'],
    ['their version', question.version ?? (isGone(asking) ? '(deleted)' : '(without an ETag)')],
  ];
  const possible = CHOICES.filter((choice) => impossible(choice, asking) === undefined);
  return [
    ...[`${id}: ${meaningOf(asking)}`, '', ...table(facts), ''],
    ...bothVersions(asking),
    'Decide (see npm run decide -- --help):',
    ...possible.map((choice) => {
      const said = choice === 'merged' ? 'merged --body FILE' : choice;
      return `  npm run decide -- ${id} ${said} --question ${question.id}${tableOption} --why '…'`;
    }),
  ].join('\n');
}

function meaningOf({ question: { because }, failure }: Asking): string {
  if (because !== 'both-changed' || !failure) return MEANINGS[because];
  const { method, base } = failure.operation;
  if (method === 'DELETE') return 'it was to be deleted, and may have been changed meanwhile';
  return base === undefined ? 'both sides differ, and the event does not say from which base' : MEANINGS[because];
}

/** Field by field where that can be told; else each as a whole. */
function bothVersions(asking: Asking): readonly string[] {
  const { ours, theirs, difference, more = 0 }: Shown = JSON.parse(asking.question.shown);
  if (difference.length === 0) {
    const isDeletion = asking.failure?.operation.method === 'DELETE';
    return [
      ...whole('ours', ours, isDeletion ? '(to be deleted)' : '(can not be told)'),
      ...whole('theirs', theirs, isGone(asking) ? '(deleted)' : '(can not be told)'),
    ];
  }
  const hasBase = asking.failure?.operation.base !== undefined || difference.some(({ base }) => base !== undefined);
  const sides = hasBase ? (['base', 'ours', 'theirs'] as const) : (['ours', 'theirs'] as const);
  const rows = difference.map((row) => [nameOf(row), ...sides.map((side) => textOf(row[side]))].map(cut));
  const long = difference.filter((row) => [nameOf(row), ...sides.map((side) => textOf(row[side]))].some(isLong));
  const inFull = long.flatMap((row) => [
    harmless(`${nameOf(row)}, in full:`),
    ...table(sides.map((side) => [`  ${side}`, textOf(row[side])])),
    '',
  ]);
  const others = more > 0 ? [`They differ on ${more} more, for which there is no room here.`, ''] : [];
  return [...table([['field', ...sides], ...rows]), '', ...others, ...inFull];
}

function whole(name: string, state: unknown, otherwise: string): readonly string[] {
  const lines = state === undefined ? [otherwise] : JSON.stringify(state, undefined, 2).split('\n');
  return [`${name}:`, ...lines.map((line) => `  ${harmless(line)}`), ''];
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

function table(texts: readonly (readonly string[])[]): string[] {
  const rows = texts.map((row) => row.map(harmless));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

function isLong(text: string): boolean {
  return [...text].length > MAX_CELL;
}

function cut(text: string): string {
  return isLong(text) ? `${[...text].slice(0, MAX_CELL - 1).join('')}…` : text;
}

/** States, names of fields and ETags come from others: none may steer a terminal, begin a line, or turn one around. */
function harmless(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '?');
}

function minute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

function left(until: string, now: number): string {
  const minutes = Math.floor((Date.parse(until) - now) / 60_000);
  if (minutes < 0) return 'over';
  const [days, hours] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60)];
  if (days > 0) return `${days} d ${hours} h left`;
  return hours > 0 ? `${hours} h ${minutes % 60} min left` : `${minutes} min left`;
}
