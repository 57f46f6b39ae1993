import { describe, expect, it } from 'vitest';
import type { Answer, Question } from '../../../../lambdas/contract/conflict-record.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import {
  answerQuestion,
  type Decision,
  DecisionError,
} from '../../../../lambdas/use-cases/conflict/answer-question.ts';
import { json } from '../../../support/json.ts';
import { keyOf, NOW, sampleEntry, sampleFailure, sampleUndo } from '../../../support/samples.ts';

const iso = (offsetMs: number) => new Date(NOW + offsetMs).toISOString();
const QUESTION: Question = {
  id: '1.2',
  because: 'both-changed',
  state: 'digest',
  shown: '{}',
  token: 'the-token',
  askedAt: iso(-1_000),
  until: iso(1),
};
const GIVEN: Decision = { key: keyOf('order-1'), id: 'order-1', choice: 'ours', by: 'ops', why: 'they said so' };

/** Answers a question. `isFirst`: no other answer was faster. */
async function decide(
  decision: Partial<Decision> = {},
  { entry, isFirst = true }: { readonly entry?: LedgerEntry | undefined; readonly isFirst?: boolean } = {},
) {
  const answers: Answer[] = [];
  const woken: string[] = [];
  const answered = await answerQuestion(
    { ...GIVEN, ...decision },
    {
      ledger: {
        now: NOW,
        get: async () => entry,
        recordAnswer: async (_, answer) => {
          answers.push(answer);
          return isFirst;
        },
      },
      wake: async (token) => void woken.push(token),
    },
  ).catch((error: unknown) => error);
  return { answered, answers, woken };
}

const asking = (
  change: Partial<Question> = {},
  operation: Partial<HttpOperation> = {},
  others: Partial<LedgerEntry> = {},
) =>
  sampleEntry({
    tier: 'warm',
    question: { ...QUESTION, ...change },
    failure: sampleFailure({ operation: { method: 'PUT', path: '/orders/1', ...operation } }),
    ...others,
  });

/** A conflict whose cause isn't the version. */
const refused = () =>
  asking({ version: '"v2"', because: 'same-version' }, {}, { conflict: { rounds: 0, refused: ['"v1"', '"v2"'] } });

describe('an answer', () => {
  it('is recorded with who, why and when, and wakes the machine', async () => {
    const { answers, woken } = await decide({ question: '1.2' }, { entry: asking() });
    expect(answers).toEqual([{ choice: 'ours', by: 'ops', why: 'they said so', at: iso(0) }]);
    expect(woken).toEqual(['the-token']);
  });

  it('brings the merged state along', async () => {
    const { answers } = await decide({ choice: 'merged', body: '{"a":1}' }, { entry: asking() });
    expect(answers).toMatchObject([{ choice: 'merged', body: '{"a":1}' }]);
  });

  it('wakes nobody where nobody waits yet', async () => {
    const { token: _, ...question } = QUESTION;
    const { answers, woken } = await decide({}, { entry: sampleEntry({ question }) });
    expect(answers).toHaveLength(1);
    expect(woken).toEqual([]);
  });

  it.each<[string, Partial<Question>, Partial<HttpOperation>, Partial<Decision>]>([
    ['theirs, where it was deleted', { state: 'gone' }, { method: 'PATCH' }, { choice: 'theirs' }],
    ['ours, where it was deleted and is put', { state: 'gone' }, { method: 'PUT' }, { choice: 'ours' }],
    ['a merged patch', {}, { method: 'PATCH' }, { choice: 'merged', body: '{}' }],
    ['the deletion', {}, { method: 'DELETE' }, { choice: 'ours' }],
    ['merged, in as many bytes as can be', {}, {}, { choice: 'merged', body: JSON.stringify('x'.repeat(65_534)) }],
    ['a reason of 500 characters', {}, {}, { why: 'w'.repeat(500), by: 'b'.repeat(168) }],
  ])('may be %s', async (_, change, operation, decision) => {
    const { answers } = await decide(decision, { entry: asking(change, operation) });
    expect(answers).toHaveLength(1);
  });
});

describe('an answer is refused without a record', () => {
  const at = iso(-500);
  const answer: Answer = { choice: 'theirs', by: 'anna', why: 'so', at };

  it.each<[string, LedgerEntry | undefined, Partial<Decision>, string]>([
    ['where there is no such failure', undefined, {}, "no failure has the id 'order-1'"],
    [
      'where it has its outcome',
      asking({}, {}, { state: 'settled', outcome: 'resolved' }),
      {},
      "'order-1' is already settled: resolved",
    ],
    [
      'where it is given up already',
      asking({}, {}, { undo: sampleUndo() }),
      {},
      "'order-1' was given up and its completed steps are being undone",
    ],
    ['where nothing is asked', sampleEntry(), {}, "'order-1' has no open question"],
    ['where somebody has decided', asking({ answer }), {}, `'order-1' was already decided by anna at ${at}`],
    ['where the time is over', asking({ until: iso(0) }), {}, `too late: the question closed at ${iso(0)}`],
    [
      'where it is about another question',
      asking(),
      { question: '1.1' },
      'the question is now 1.2, got 1.1: look at both versions again',
    ],
    ['where nobody has decided', asking(), { by: ' ' }, 'who decides must be 1 to 168 characters'],
    ['where who has decided is too long', asking(), { by: 'b'.repeat(169) }, 'who decides must be 1 to 168 characters'],
    ['where there is no reason', asking(), { why: '' }, 'the reason must be 1 to 500 characters'],
    ['where the reason is too long', asking(), { why: 'w'.repeat(501) }, 'the reason must be 1 to 500 characters'],
    [
      'where the merged state is missing',
      asking(),
      { choice: 'merged' },
      'a body is valid only with the choice merged',
    ],
    [
      'where a state comes with another choice',
      asking(),
      { body: '{}' },
      'a body is valid only with the choice merged',
    ],
    [
      'where a patch would bring back what was deleted',
      asking({ state: 'gone', because: 'deleted-meanwhile' }, { method: 'PATCH' }),
      {},
      "a patch can't restore a deleted resource",
    ],
    [
      'where that was deleted since the last decision',
      asking({ state: 'gone', because: 'changed-since' }, { method: 'PATCH' }),
      { choice: 'merged', body: '{}' },
      "a patch can't restore a deleted resource",
    ],
    [
      'where their version was refused already',
      refused(),
      { choice: 'ours' },
      'already refused a write on their version',
    ],
    [
      'where their version was refused already, for a merged state',
      refused(),
      { choice: 'merged', body: '{}' },
      'already refused a write on their version: choose theirs or abandon',
    ],
    [
      'where a deletion would have a body',
      asking({}, { method: 'DELETE' }),
      { choice: 'merged', body: '{}' },
      'a deletion has no body',
    ],
    [
      'where the state has what stands for a masked value',
      asking(),
      { choice: 'merged', body: '{"a":["***"]}' },
      'the body must not contain ***, which stands for a value that you were not shown',
    ],
    [
      'where it has the masked name of a field',
      asking(),
      { choice: 'merged', body: '{"***":1}' },
      'must not contain ***',
    ],
    ['where the state is no JSON', asking(), { choice: 'merged', body: '{' }, 'the body must be valid JSON'],
    [
      'where the state names a member twice',
      asking(),
      { choice: 'merged', body: '{"n":1,"n":2}' },
      'the body must not contain a member twice',
    ],
    [
      'where the state is too large',
      asking(),
      { choice: 'merged', body: JSON.stringify('ü'.repeat(32_768)) },
      'the body must have at most 65536 bytes',
    ],
    [
      'where the ledger could not hold both the failure and the state',
      asking({ shown: 's'.repeat(65_536) }, { body: json('o'.repeat(255_000)) }),
      { choice: 'merged', body: JSON.stringify('x'.repeat(65_000)) },
      'the body and the failure must have at most 380000 bytes together',
    ],
    [
      'where the state is too deep',
      asking(),
      { choice: 'merged', body: `${'['.repeat(33)}${']'.repeat(33)}` },
      'the body must nest at most 32 levels deep',
    ],
  ])('%s', async (_, entry, decision, message) => {
    const { answered, answers, woken } = await decide(decision, { entry });
    expect(answered).toBeInstanceOf(DecisionError);
    expect(String(answered)).toContain(message);
    expect([answers, woken]).toEqual([[], []]);
  });

  it('where somebody else is faster by a moment', async () => {
    const { answered, woken } = await decide({}, { entry: asking(), isFirst: false });
    expect(String(answered)).toContain('look again');
    expect(woken).toEqual([]);
  });
});
