import { describe, expect, it } from 'vitest';
import { DlqScene } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

describe('backstop dlq', () => {
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
