import { expect, it } from 'vitest';
import { rejectedEnding } from '../../../tools/demo/ending.ts';

const event = { 'detail-type': 'Operation Failed', detail: { id: 'a', dependency: 'payments' } };
const reason = { code: 'too-large', message: 'the message is too large' };
const told = {
  id: 'a',
  dependency: 'payments',
  outcome: 'rejected',
  reason: 'too-large',
  message: 'the message is too large',
};

it.each([
  ['wrapped as text', { Body: JSON.stringify({ reason, event: JSON.stringify(event) }) }, told],
  ['wrapped as JSON', { Body: JSON.stringify({ reason, event }) }, told],
  [
    'bare, with the reason beside it',
    {
      Body: JSON.stringify(event),
      MessageAttributes: { rejected: { DataType: 'String', StringValue: JSON.stringify({ reason }) } },
    },
    told,
  ],
  [
    'no JSON at all',
    { Body: JSON.stringify({ reason: { code: 'too-large', path: 'detail' }, event: '"""' }) },
    { outcome: 'rejected', reason: 'too-large', path: 'detail' },
  ],
  ['an id that is no text', { Body: '{"event":{"detail":{"id":{}}}}' }, { outcome: 'rejected' }],
  ['not of Backstop', { Body: '"""' }, { outcome: 'rejected' }],
])('tells of a rejected event that is kept as %s', (_, message, expected) => {
  const { endedAt, ...ending } = rejectedEnding(message);
  expect(ending).toEqual(expected);
  expect(endedAt).toBeLessThanOrEqual(Date.now());
});
