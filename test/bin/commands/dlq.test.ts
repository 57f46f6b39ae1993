import { describe, expect, it } from 'vitest';
import { DlqScene, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

const named = (count: number) => Array.from({ length: count }, (_, n) => `--id=a-failure-with-quite-a-long-id-${n}`);

describe('a name in a filter that matches nothing', () => {
  const HINTS = [
    [
      "The rule 'http-unavailible' is not built in, and no failure that was read has it.",
      'Did you mean http-unavailable?',
    ],
    ["No failure that was read has the tenant 'acne'.", 'Did you mean acme?'],
  ].flat();

  it.each([
    [['ls'], 0],
    [['redrive', 'payments', '--dry-run'], 0],
    [['redrive', 'payments', ...WHY], 0],
    [['discard', ...WHY], 3],
  ])('may be mistyped, says dlq %o', async (words, code) => {
    await scene.dead({ tenant: 'acme' });
    const ended = await scene.dlq(...words, '--rule', 'http-unavailible', '--tenant', 'acne');
    expect(ended.code).toBe(code);
    for (const hint of HINTS) expect(ended.out + ended.err).toContain(hint);
  });

  it('is right if some failure has it, also of a rule of the config', async () => {
    await scene.dead({
      tenant: 'acme',
      verdict: { kind: 'permanent', category: 'data-integrity', effect: 'none', rule: 'card declined' },
    });
    const filter = ['--rule', 'card declined', '--tenant', 'acme', '--reason', 'exhausted'];
    expect((await scene.dlq('ls', ...filter)).out).toBe('No matching dead letters.\n');
  });
});

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
