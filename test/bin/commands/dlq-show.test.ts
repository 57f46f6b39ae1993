import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../lambdas/contract/ledger-entry.ts';
import { sampleFailure, sampleUndo } from '../../support/samples.ts';
import { DEAD_LETTERS, DlqScene } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

describe('backstop dlq show', () => {
  it('tells why, what to do and with which command, and masks what nobody may see', async () => {
    const { id } = await scene.dead();
    const { out } = await scene.dlq('show', id);
    expect(out).toContain(`${id}  in the dead-letter queue of payments, for`);
    expect(out).toContain('"total": 5');
    expect(out).not.toContain('ada@example.com');
    expect(out).toContain("Retrying can't help. Fix the data");
    expect(out).toContain(`next: backstop dlq redrive payments --id ${id} --why '…'`);
  });

  it('puts work that is half done before all else', async () => {
    const undo = sampleUndo({
      steps: [{ name: 'reserve', dependency: 'stock', state: 'failed', attempts: 7, because: 'exhausted' }],
    });
    const { id } = await scene.dead({ undo });
    const { out } = await scene.dlq('show', id);
    expect(out).toContain('Some completed steps are NOT undone');
    expect(out).toMatch(/reserve +stock +failed +exhausted +7/);
  });

  it('offers an edit only before the undo of its steps', async () => {
    const edits = async (change: Partial<LedgerEntry>) => {
      const { id } = await scene.dead({ reason: 'permanent', ...change });
      return (await scene.dlq('show', id)).out.includes(`backstop dlq edit ${id}`);
    };
    expect([await edits({}), await edits({ undo: sampleUndo() })]).toEqual([true, false]);
  });

  it.each(['attempt', 'reported'] as const)(
    'advises no redrive, which would only return it, where a call may have taken effect: %s',
    async (uncertain) => {
      const { id } = await scene.dead({ reason: 'permanent', uncertain });
      const { out } = await scene.dlq('show', id);
      expect(out).toContain('A call may have taken effect');
      expect(out).toContain(`backstop dlq discard ${id}`);
      expect(out).not.toMatch(/dlq (?:redrive|edit)/);
    },
  );

  it('shows an event that was never stored, and says where nothing is known', async () => {
    const event = { 'detail-type': 'Operation Failed', detail: sampleFailure({ id: 'never-stored' }) };
    scene.sqs.put(DEAD_LETTERS, JSON.stringify(event));
    expect((await scene.dlq('show', 'never-stored')).out).toContain('Backstop never stored it');
    expect(await scene.dlq('show', 'unheard-of')).toMatchObject({ code: 3 });
  });
});
