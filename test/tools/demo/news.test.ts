import { expect, it } from 'vitest';
import { hear, type News } from '../../../tools/demo/news.ts';

const change = {
  circuit: 'a',
  from: 'closed',
  to: 'open',
  reason: 'failure-rate',
  counts: { successes: 0, failures: 5 },
};

const none: News = { repetitions: [], changes: [], questions: [] };

it.each([
  ['a repetition', { message: 'duplicate, nothing to do', failureId: 'a' }, { ...none, repetitions: ['a'] }],
  ['a question', { message: 'a human must decide', failureId: 'a' }, { ...none, questions: ['a'] }],
  [
    'a change of a circuit',
    { message: 'circuit state changed', ...change },
    { ...none, changes: [{ message: 'circuit state changed', ...change }] },
  ],
  ['anything else', { message: 'attempt failed', failureId: 'a' }, none],
])('tells of %s', (_, line, expected) => {
  const news = structuredClone(none);
  hear(JSON.stringify(line), news);
  expect(news).toEqual(expected);
});

it("skips lines that aren't JSON", () => {
  const news = structuredClone(none);
  hear('(node:1) a warning', news);
  expect(news).toEqual(none);
});
