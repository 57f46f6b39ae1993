import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { recordFailedAttempt } from '../../../../lambdas/domain/ledger/attempt-transitions.ts';
import { operationOf } from '../../../../lambdas/domain/recovery/call-failure.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { sampleEntry, sampleFailure } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const OPERATION = { method: 'PUT', path: '/sync', checkpoint: 'page=1' } as const;

/** A reader of ten pages. It takes some pages in each call, then fails, until all are taken. */
function pagedReader(pagesEach: number) {
  const taken: number[] = [];
  const answer = async (entry: LedgerEntry): Promise<CallResult> => {
    const first = Number(operationOf(entry).checkpoint?.replace('page=', ''));
    const last = Math.min(10, first + pagesEach - 1);
    for (let page = first; page <= last; page++) taken.push(page);
    if (last === 10) return { kind: 'ok', statusCode: 200 };
    return { kind: 'failed', error: { statusCode: 503 }, checkpoint: `page=${last + 1}` };
  };
  return { taken, answer };
}

describe('a paginated read', () => {
  it('takes each page once, over worker, machine and redrive', async () => {
    const { taken, answer } = pagedReader(2);
    const scene = new RecoveryScene(tables, answer);
    await scene.report({ operation: OPERATION });
    while ((await scene.entry()).state === 'open' && taken.length < 8) {
      scene.now += 60_000;
      await scene.attempt().catch(() => undefined);
    }
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await scene.settleAsDead();
    await scene.deliver(await scene.deadLetter());
    expect(await scene.entry()).toMatchObject({ outcome: 'recovered', cycle: 2 });
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('continues where it was if a call says nothing', async () => {
    const sent: (string | undefined)[] = [];
    const scene = new RecoveryScene(tables, async (entry) => {
      sent.push(operationOf(entry).checkpoint);
      if (sent.length > 2) return { kind: 'ok', statusCode: 200 };
      return { kind: 'failed', error: { code: 'ECONNRESET' }, checkpoint: sent.length === 1 ? 'page=4' : undefined };
    });
    await scene.report({ operation: OPERATION });
    expect(sent).toEqual(['page=1', 'page=4', 'page=4']);
    expect((await scene.entry()).trail.map(({ checkpoint }) => checkpoint)).toContain('moved');
  });

  it('changes nothing but the checkpoint, and only for another one', () => {
    const checkpoint = fc.option(fc.string({ minLength: 1, maxLength: 20 }), { nil: undefined });
    fc.assert(
      fc.property(checkpoint, checkpoint, (before, answered) => {
        const failure = sampleFailure({ operation: { ...OPERATION, checkpoint: before } });
        const entry = sampleEntry({ failure });
        const step = { at: entry.receivedAt, step: 'attempt-failed' } as const;
        const times = { now: 0, reconcileAfterMs: 1, retentionMs: 1 };
        const { set } = recordFailedAttempt(entry, { verdict: entry.verdict, step, checkpoint: answered }, times);
        const isMoved = answered !== undefined && answered !== before;
        const moved = { ...failure, operation: { ...failure.operation, checkpoint: answered } };
        expect(set?.failure).toEqual(isMoved ? moved : undefined);
      }),
    );
  });
});
