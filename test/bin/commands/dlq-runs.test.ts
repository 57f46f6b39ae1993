import { describe, expect, it } from 'vitest';
import { auditLog } from '../../../lambdas/adapters/operator/audit-log.ts';
import { redriveRuns } from '../../../lambdas/adapters/redrive/redrive-runs.ts';
import type { OperatorScene } from '../../support/operator.ts';
import { DlqScene, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

const seen = async (operator: OperatorScene = scene.operator()) =>
  JSON.parse((await operator.backstop('dlq', 'runs', '--json')).out);

const table = (name: 'ledger' | 'audit') => ({
  client: scene.tables.client,
  table: scene.tables[name],
  now: scene.now,
});

describe('backstop dlq runs', () => {
  it('shows the redrive of another operator while it runs, and not afterwards', async () => {
    for (let n = 0; n < 3; n++) await scene.dead({ reason: 'exhausted' });
    const looks: { readonly moved: number }[] = [];
    let words = '';
    // The redrive pauses after each dead letter, and tells every 10 s how far it is.
    const sleep = async (ms: number) => {
      looks.push(...(await seen()));
      words += (await scene.operator().backstop('dlq', 'runs')).out;
      scene.pass(ms);
    };
    await scene
      .operator({ sleep })
      .backstop('dlq', 'redrive', 'payments', '--reason', 'exhausted', '--rate', '0.1', '--wait', '0s', ...WHY);
    expect(looks.map(({ moved }) => moved)).toEqual(expect.arrayContaining([0, 1]));
    expect(looks.find(({ moved }) => moved === 1)).toEqual({
      id: expect.any(String),
      what: 'redrive',
      of: 'payments',
      by: 'ada',
      why: 'the bank is back',
      at: expect.any(String),
      letters: 3,
      moved: 1,
      filter: { reasons: ['exhausted'] },
    });
    expect(words).toContain('1 of 3 moved');
    expect(await seen()).toEqual([]);
    expect((await scene.dlq('runs')).out).toBe('No redrive or discard is under way.\n');
  });

  it('shows who counts, before a redrive begins', async () => {
    await scene.dead();
    let counting: unknown;
    const think = async () => {
      counting = await seen();
    };
    await scene.operator({ think, agrees: false }).backstop('dlq', 'redrive', 'payments', ...WHY);
    expect(counting).toEqual([{ what: 'redrive', of: 'payments', by: 'ada' }]);
  });

  it('forgets a redrive whose tool has died, once its lease has ended', async () => {
    const theirs = { lane: 'payments', run: 'theirs', by: 'bob', why: 'w', filter: {}, rate: 5, moved: 0 };
    await redriveRuns(table('ledger')).begin({ ...theirs, startedAt: scene.now() });
    expect(await seen()).toMatchObject([{ by: 'bob', moved: 0 }]);
    scene.pass(60_001);
    expect(await seen()).toEqual([]);
  });

  it('shows a discard until its end is on record, for an hour at most', async () => {
    const { id } = await scene.dead();
    const audit = auditLog({ ...table('audit'), announce: async () => undefined });
    const act = await audit.begin({
      action: 'discard',
      dependency: 'payments',
      principal: 'arn:aws:iam::123456789012:user/bob',
      why: 'gone',
      facts: { letters: 40, filter: JSON.stringify({ ids: [id] }) },
    });
    expect(await seen()).toMatchObject([
      { what: 'discard', of: 'payments', by: 'bob', why: 'gone', letters: 40, filter: { ids: [id] } },
    ]);
    expect((await scene.dlq('runs')).out).toContain('discarding 40');
    scene.pass(3_600_001);
    expect(await seen()).toEqual([]);
    await audit.end(act, { result: 'done' });
  });

  describe('warns in the plan of', () => {
    const discardOfBob = (ids: readonly string[]) =>
      auditLog({ ...table('audit'), announce: async () => undefined }).begin({
        action: 'discard',
        dependency: 'payments',
        principal: 'arn:aws:iam::123456789012:user/bob',
        why: 'gone',
        facts: { letters: 40, startedAt: scene.now() + 1, filter: JSON.stringify({ ids }) },
      });
    const warning = /WARNING: bob discards payments: 40 dead letters, since .*may be among them/;

    it.each([['redrive'], ['discard']])('a %s that may be about the same dead letters', async (action) => {
      const [mine, other] = [await scene.dead(), await scene.dead()];
      await discardOfBob([mine.id]);
      const which = action === 'redrive' ? ['payments', '--id'] : [];
      await scene.dlq(action, ...which, mine.id, ...WHY);
      expect(scene.plans.join('\n')).toMatch(warning);
      expect(scene.plans.join('\n')).not.toContain('ada');
      const before = scene.plans.length;
      await scene.dlq(action, ...which, other.id, ...WHY);
      const after = scene.plans.slice(before);
      expect(after).toHaveLength(1);
      expect(after[0]).not.toContain('bob');
    });

    it('a discard that resumes another, but not of the one that it resumes', async () => {
      const { id } = await scene.dead();
      await discardOfBob([id]);
      const resumed = await discardOfBob([id, 'another']);
      scene.pass(1_000);
      await scene.dlq('discard', '--resume', resumed);
      expect(scene.plans[0]).toContain('Resume the discard that bob started');
      expect(scene.plans[0]?.match(/WARNING: bob discards/g)).toHaveLength(1);
    });

    it('a discard beside a redrive', async () => {
      const { id } = await scene.dead();
      const theirs = { lane: 'payments', run: 'theirs', by: 'bob', why: 'w', filter: {}, rate: 5, moved: 0 };
      await redriveRuns(table('ledger')).begin({ ...theirs, startedAt: scene.now() });
      await scene.dlq('discard', id, ...WHY);
      expect(scene.plans.join('\n')).toContain('WARNING: bob redrives payments: 0 moved');
    });
  });
});
