import { describe, expect, it } from 'vitest';
import { tellQuestion, tellQuestions } from '../../../bin/commands/decisions-report.ts';
import { Printer } from '../../../bin/session/printer.ts';
import { commandsOf } from '../../../bin/session/session.ts';
import { DEFAULT_STACK } from '../../../lambdas/contract/command-line.ts';
import type { ConflictView, Question } from '../../../lambdas/contract/conflict-record.ts';
import type { HttpOperation } from '../../../lambdas/contract/failure.ts';
import type { QuestionedEntry } from '../../../lambdas/domain/ledger/ledger-changes.ts';
import { json } from '../../support/json.ts';
import { asking, sampleQuestion } from '../../support/questions.ts';
import { NOW, sampleFailure } from '../../support/samples.ts';

/** Collects the printed text. */
function printed(tell: (print: Printer) => void): string {
  let text = '';
  const write = (part: string) => {
    text += part;
    return true;
  };
  tell(new Printer({ stdout: { write }, stderr: { write }, json: false, colors: false }));
  return text.replace(/\n$/, '');
}

type Circumstances = Parameters<typeof tellQuestion>[2];
const listed = (questions: readonly QuestionedEntry[], at: Circumstances) =>
  printed((print) => tellQuestions(questions, print, at));
const shown = (question: QuestionedEntry, at: Circumstances) => printed((print) => tellQuestion(question, print, at));

describe('the report', () => {
  const at = { now: () => NOW, command: commandsOf('backstop', { stack: DEFAULT_STACK }) };
  const based = (
    id: string,
    operation: Partial<HttpOperation> = {},
    change: Partial<Question> = {},
  ): QuestionedEntry => {
    const failure = sampleFailure({ id });
    const based = { ...failure, operation: { ...failure.operation, base: json({ city: 'Bonn' }), ...operation } };
    const { method, path } = based.operation;
    return { ...asking(id, { about: { method, path, hasBase: true }, ...change }), failure: based };
  };

  it('lists several in columns', () => {
    const soon = asking('order-1', { until: new Date(NOW + 125 * 60_000).toISOString() });
    const over = asking('order-22', { because: 'asked-for', until: new Date(NOW - 60_000).toISOString() });
    expect(listed([soon, over, asking('order-333')], at).split('\n')).toEqual([
      '3 open decisions:',
      '',
      '  failure    dependency  reason        deadline',
      '  order-1    payments    both-changed  2026-03-01T14:05:00Z (2 h 5 min left)',
      '  order-22   payments    asked-for     2026-03-01T11:59:00Z (overdue)',
      '  order-333  payments    both-changed  2026-03-04T12:00:00Z (3 d left)',
      '',
      'next: backstop decisions show FAILURE',
    ]);
  });

  it('shows both sides, and what can be decided', () => {
    expect(shown(based('order-1'), at).split('\n')).toEqual([
      'order-1: both sides changed the same field',
      '',
      '  question        1.1, asked 2026-03-01T12:00:00Z, deadline 2026-03-04T12:00:00Z (3 d left)',
      '  dependency      payments',
      '  correlation id  trace-1',
      '  operation       PUT /orders/1',
      '  their version   "v2"',
      '',
      '  field       base      ours   theirs',
      '  /city       "Bonn"    "Ulm"  "Köln"',
      '  /email      "***"     "***"  "***"',
      '  /items/0/n  (absent)  5      (absent)',
      '',
      'Decide:',
      "  backstop decide order-1 ours --question 1.1 --why '…'",
      "  backstop decide order-1 theirs --question 1.1 --why '…'",
      "  backstop decide order-1 merged --body FILE --question 1.1 --why '…'",
      "  backstop decide order-1 abandon --question 1.1 --why '…'",
      'What each choice means:',
      '  backstop decide --help',
    ]);
  });

  it("shows a state that isn't JSON without its control characters", () => {
    const sides = { ours: { mediaType: 'text/plain', bytes: 2 }, theirs: '\u009b31m', difference: [] };
    const opaque = shown(asking('order-1', { because: 'not-comparable', shown: JSON.stringify(sides) }), at);
    expect(opaque).toContain('"mediaType": "text/plain"');
    expect(opaque.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('cuts what is long, and calls the whole by its name', () => {
    const difference = [{ path: '', ours: '👍'.repeat(100), theirs: 1 }];
    const { version: _, ...gone } = sampleQuestion({ shown: JSON.stringify({ difference }) });
    const text = shown({ ...asking('order-1'), question: gone }, at);
    expect(text).toContain('their version   (no ETag)');
    expect(text).toMatch(/\n {2}\(all\) {2}"(?:👍){20,30}… +1\n/u);
    expect(text).toMatch(/\n\(all\), in full:\n {2}ours {5}"(?:👍){100}"\n {2}theirs {3}1\n\n/u);
  });

  it('knows no base where the event names none', () => {
    const difference = [{ path: '/city', ours: 'Ulm', theirs: 'Köln' }];
    const lines = shown(asking('order-1', { shown: JSON.stringify({ difference }) }), at).split('\n');
    expect(lines[0]).toBe('order-1: both sides differ and the event has no base version');
    expect(lines).toEqual(expect.arrayContaining(['  field  ours   theirs', '  /city  "Ulm"  "Köln"']));
  });

  it('shows a whole state where there is nothing to compare it with, and only what can be chosen', () => {
    const gone = { because: 'deleted-meanwhile', state: 'gone', version: undefined } as const;
    const patch = { ...gone, shown: JSON.stringify({ ours: { city: 'Ulm' }, difference: [] }) };
    expect(
      shown(based('order-1', { method: 'PATCH' }, patch), at)
        .split('\n')
        .slice(6),
    ).toEqual([
      '  their version   (deleted)',
      '',
      'ours:',
      '  {',
      '    "city": "Ulm"',
      '  }',
      '',
      'theirs:',
      '  (deleted)',
      '',
      'Decide:',
      "  backstop decide order-1 theirs --question 1.1 --why '…'",
      "  backstop decide order-1 abandon --question 1.1 --why '…'",
      'What each choice means:',
      '  backstop decide --help',
    ]);
    const deletion = { shown: JSON.stringify({ theirs: { city: 'Ulm' }, difference: [] }) };
    const text = shown(based('order-1', { method: 'DELETE' }, deletion), at);
    expect(text).toMatch(/^order-1: the write deletes a resource that may have changed in the meantime\n/);
    expect(text).toContain('ours:\n  (deletion)\n\ntheirs:\n  {\n    "city": "Ulm"\n  }\n');
    expect(text).not.toContain('merged');
  });

  it('tells commands that find the ledger', () => {
    const there = { ...at, command: commandsOf('backstop', { stack: 'Mine' }) };
    expect(listed([asking('order-1')], there)).toMatch(/backstop decisions show FAILURE --stack Mine$/);
    expect(shown(asking('order-1'), there)).toContain(
      "backstop decide order-1 ours --question 1.1 --why '…' --stack Mine",
    );
  });

  it.each([
    ['a value', { difference: [{ path: '/a', ours: '\u009b31m', theirs: '\u202eevil' }] }, {}],
    ['a name of a field', { difference: [{ path: '/\u001b[2J\nDecide:', ours: 1 }] }, {}],
    ['an ETag', { difference: [] }, { version: '"\u001b]0;title\u0007"' }],
    ['a line that is none', { difference: [{ path: '/a\u2028b\u2066', ours: '\u2028' }] }, {}],
  ])('lets %s not steer a terminal', (_, difference: ConflictView, change) => {
    const before = shown(
      asking('order-1', { shown: JSON.stringify({ difference: difference.difference.map(() => ({ path: '/a' })) }) }),
      at,
    );
    const text = shown(asking('order-1', { shown: JSON.stringify(difference), ...change }), at);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(text.split('\n')).toHaveLength(before.split('\n').length);
  });
});
