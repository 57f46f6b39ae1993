import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../tools/local/virtual-clock.ts';
import { onClock } from './on-clock.ts';

it('a client on a virtual clock gets its answer after a pause, though nobody else lets time pass', async () => {
  const clock = new VirtualClock();
  onTestFinished(() => clock.uninstall());
  const client = onClock(clock, { send: (answer: string) => pause(3_600_000, answer) });
  expect(await client.send('late')).toBe('late');
});
