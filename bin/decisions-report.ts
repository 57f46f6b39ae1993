import type { Shown, Undecided } from '../lambdas/shared/conflict/conflict-record.ts';
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

/** One line for each question. */
export function listed(questions: readonly Asking[], now: number): string {
  if (questions.length === 0) return 'No conflict waits for a decision.';
  const rows = questions.map(({ id, dependency, question: { because, until } }) => [
    ...[id, dependency, because],
    `until ${minute(until)} (${left(until, now)})`,
  ]);
  const count = questions.length === 1 ? '1 conflict waits' : `${questions.length} conflicts wait`;
  return [`${count} for a decision:`, '', ...table(rows), '', 'See one: npm run decisions -- show FAILURE'].join('\n');
}

/** Both versions, as far as they may be seen, and what can be decided. */
export function shown({ id, dependency, correlationId, failure, question }: Asking, now: number): string {
  const { difference, ours, theirs } = JSON.parse(question.shown) as Shown;
  const cell = (value: unknown) => cut(value === undefined ? '(absent)' : JSON.stringify(value));
  const rows = difference.map(({ path, base, ours, theirs }) => [
    path === '' ? '(all)' : cut(path),
    ...[base, ours, theirs].map(cell),
  ]);
  const facts = [
    [
      'question',
      `${question.id}, asked ${minute(question.askedAt)}, until ${minute(question.until)} (${left(question.until, now)})`,
    ],
    ['dependency', dependency],
    ['correlation id', correlationId],
    ['operation', failure ? `${failure.operation.method} ${failure.operation.path}` : 'not kept'],
    ['their version', question.version ?? '(gone, or without an ETag)'],
  ];
  return [
    ...[`${id}: ${MEANINGS[question.because]}`, '', ...table(facts), ''],
    // Without rows, since one is gone, or no JSON, each is shown as a whole.
    ...(rows.length > 0
      ? table([['field', 'base', 'ours', 'theirs'], ...rows])
      : [...whole('ours', ours), ...whole('theirs', theirs)]),
    '',
    'Decide (see npm run decide -- --help):',
    ...['ours', 'theirs', 'merged --body FILE', 'abandon'].map(
      (choice) => `  npm run decide -- ${id} ${choice} --question ${question.id} --why '…'`,
    ),
  ].join('\n');
}

function whole(side: string, state: unknown): string[] {
  const lines = state === undefined ? ['(absent)'] : JSON.stringify(state, null, 2).split('\n');
  return [side, ...lines.map((line) => `  ${harmless(line)}`)];
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

function cut(text: string): string {
  const characters = [...text];
  return characters.length > MAX_CELL ? `${characters.slice(0, MAX_CELL - 1).join('')}…` : text;
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
