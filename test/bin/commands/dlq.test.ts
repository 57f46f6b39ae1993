import { describe, expect, it } from 'vitest';
import { DlqScene, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

const named = (count: number) => Array.from({ length: count }, (_, n) => `--id=a-failure-with-quite-a-long-id-${n}`);

describe('backstop dlq', () => {
  it.each([['redrive', 'payments'], ['discard']])(
    '%s takes as many failures as the console lets choose',
    async (...words) => {
      const { id } = await scene.dead();
      expect((await scene.dlq(...words, `--id=${id}`, ...named(999), ...WHY)).code).toBe(0);
      expect(await scene.dlq(...words, ...named(1_001), ...WHY)).toMatchObject({
        code: 2,
        err: expect.stringContaining('at most 1000 failures at once, got 1001'),
      });
    },
  );

  it.each([
    [['redrive']],
    [['redrive', 'payments', '--from', 'http://x/q']],
    [['redrive', 'payments', '--parked', 'a']],
    [['redrive', 'payments', '--dependency', 'orders']],
    [['redrive', 'payments', '--rate', '0']],
    [['redrive', 'payments', '--resume', '--dry-run']],
    [['redrive', '--from', 'x', '--to', 'payments']],
    [['discard']],
    [['edit', 'a']],
    [['ls', '--since', 'yesterday']],
    [['ls', '--since', '1h', '--until', '2h']],
    [['redrive', 'payments', '--since', '1h', '--until', '2h', '--dry-run']],
    [['discard', '--dependency', 'payments', '--since', '1h', '--until', '2h', '--why', 'w']],
    [['shwo', 'a']],
  ])('%o is a mistake', async (args) => {
    const { code, err } = await scene.dlq(...args);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });
});
