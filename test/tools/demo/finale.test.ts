import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { Ending } from '../../../tools/demo/ending.ts';
import { environmentFile, mostTriedDeadLetter } from '../../../tools/demo/finale.ts';

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

it('writes a file that a shell reads in one line, with all that the tool needs', () => {
  const cloud = { endpoint: 'http://127.0.0.1:4566', outputs: {} };
  const files = { logFile: '/tmp/x/log', outputsFile: '/tmp/x/outputs', envFile: '/tmp/x/env' };
  const text = environmentFile(cloud, files);
  const script = `${text}\ntype backstop output >/dev/null && echo "$AWS_ENDPOINT_URL $AWS_REGION $AWS_ACCESS_KEY_ID"`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe('http://127.0.0.1:4566 us-east-1 local\n');
});
