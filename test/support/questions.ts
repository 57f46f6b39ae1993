import type { ConflictView, Question } from '../../lambdas/contract/conflict-record.ts';
import type { QuestionedEntry } from '../../lambdas/domain/ledger/ledger-changes.ts';
import { NOW, sampleEntry, sampleFailure } from './samples.ts';

const DIFFERENCE: ConflictView = {
  difference: [
    { path: '/city', base: 'Bonn', ours: 'Ulm', theirs: 'Köln' },
    { path: '/email', base: '***', ours: '***', theirs: '***' },
    { path: '/items/0/n', ours: 5 },
  ],
};

export function sampleQuestion(change: Partial<Question> = {}, now = NOW): Question {
  return {
    id: '1.1',
    because: 'both-changed',
    version: '"v2"',
    state: 'digest',
    shown: JSON.stringify(DIFFERENCE),
    askedAt: new Date(now).toISOString(),
    until: new Date(now + 3 * 86_400_000).toISOString(),
    about: { method: 'PUT', path: '/orders/1', hasBase: false },
    ...change,
  };
}

export function asking(id: string, change: Partial<Question> = {}, now = NOW): QuestionedEntry {
  const failure = sampleFailure({ id });
  return { ...sampleEntry({ id, failure, tier: 'warm', execution: id }), question: sampleQuestion(change, now) };
}
