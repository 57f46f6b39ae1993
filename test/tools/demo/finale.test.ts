import { expect, it } from 'vitest';
import type { Ending } from '../../../tools/demo/ending.ts';
import { mostTriedDeadLetter } from '../../../tools/demo/finale.ts';

const step = { at: '2026-03-01T12:00:00.000Z', step: 'undo-failed' } as const;

it('tells of the dead letter that was tried most often, however long the stories of others are', () => {
  const endings: Ending[] = [
    { id: 'undone', outcome: 'dead-lettered', attempts: 1, trail: Array(9).fill(step), endedAt: 1 },
    { id: 'tried', outcome: 'dead-lettered', attempts: 4, trail: [], endedAt: 2 },
    { id: 'recovered', outcome: 'recovered', attempts: 5, endedAt: 3 },
  ];
  expect(mostTriedDeadLetter(endings)?.id).toBe('tried');
  expect(mostTriedDeadLetter([])).toBeUndefined();
});
