import { expect, it } from 'vitest';
import { hear, type News } from '../../../tools/demo/news.ts';

const change = {
  circuit: 'a',
  from: 'closed',
  to: 'open',
  reason: 'failure-rate',
  counts: { successes: 0, failures: 5 },
};

it.each([
  ['a repetition', { message: 'duplicate, nothing to do', failureId: 'a' }, { repetitions: ['a'], changes: [] }],
  [
    'a change of a circuit',
    { message: 'circuit state changed', ...change },
    { repetitions: [], changes: [{ message: 'circuit state changed', ...change }] },
  ],
  ['anything else', { message: 'attempt failed', failureId: 'a' }, { repetitions: [], changes: [] }],
])('tells of %s', (_, line, expected) => {
  const news: News = { repetitions: [], changes: [] };
  hear(JSON.stringify(line), news);
  expect(news).toEqual(expected);
});

it('passes by what is no JSON', () => {
  const news: News = { repetitions: [], changes: [] };
  hear('(node:1) a warning', news);
  expect(news).toEqual({ repetitions: [], changes: [] });
});
