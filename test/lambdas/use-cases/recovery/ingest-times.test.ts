import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { NOW, sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const OK = async (): Promise<CallResult> => ({ kind: 'ok', statusCode: 200 });
const REFUSED = async (): Promise<CallResult> => ({ kind: 'failed', error: { statusCode: 400 } });
const MINUTE = 60_000;
const at = (offsetMs: number) => new Date(NOW + offsetMs);

describe('the times of a report', () => {
  it('keeps away until the date that the dependency named, however late the report comes in', async () => {
    const scene = new RecoveryScene(tables, OK);
    const headers = { 'retry-after': at(10 * MINUTE).toUTCString() };
    await scene.report({ occurredAt: at(-20 * MINUTE).toISOString(), error: { statusCode: 503, headers } });
    expect(scene.calls).toBe(0);
    expect(await scene.entry()).toMatchObject({ tier: 'warm', notBefore: at(10 * MINUTE).toISOString() });
  });

  it('counts seconds to wait from the moment of the failure', async () => {
    const scene = new RecoveryScene(tables, OK);
    const headers = { 'retry-after': '300' };
    await scene.report({ occurredAt: at(-MINUTE).toISOString(), error: { statusCode: 429, headers } });
    expect((await scene.entry()).notBefore).toBe(at(4 * MINUTE).toISOString());
  });

  it.each([5_000, 7 * 3_600_000])('is not put off by a clock that is %i ms fast', async (ahead) => {
    const scene = new RecoveryScene(tables, OK);
    await scene.report({ occurredAt: at(ahead).toISOString(), error: { statusCode: 503 } });
    expect(await scene.entry()).toMatchObject({ outcome: 'recovered', tier: 'hot' });
  });
});

describe('a dead letter that comes back', () => {
  it('waits until its outcome is recorded, so that it is not taken for a duplicate', async () => {
    const scene = new RecoveryScene(tables, REFUSED);
    await scene.report({ error: { statusCode: 400 } });
    const deadLetter = await scene.deadLetter();
    expect(await scene.deliver(deadLetter)).toBe(false);
    await scene.settleAsDead();
    expect(await scene.deliver(deadLetter)).toBe(true);
    expect(await scene.entry()).toMatchObject({ cycle: 2 });
  });

  it.each([
    ['unknown-failure', 'names no dependency'],
    ['wrong-dependency', 'names its own'],
  ])('is not carried out by the lane of another dependency (%s, where it %s)', async (code, named) => {
    const scene = new RecoveryScene(tables, REFUSED);
    await scene.report({ error: { statusCode: 400 } });
    const { dependency, ...nameless } = await scene.deadLetter();
    const deadLetter = named === 'names its own' ? { ...nameless, dependency } : nameless;
    await scene.settleAsDead();
    const other = new RecoveryScene(tables, OK, sampleSettings({ name: 'inventory' }));
    expect(await other.deliver(deadLetter)).toBe(true);
    expect(other.calls).toBe(0);
    expect(other.rejected).toMatchObject([{ reason: { code } }]);
    expect(await scene.entry()).toMatchObject({ cycle: 1, outcome: 'dead-lettered' });
  });

  it('can come back for ever: the trail keeps the last steps only', async () => {
    const redrive = { maxCycles: 100, automatic: false, rate: 5 };
    const scene = new RecoveryScene(tables, REFUSED, sampleSettings({ redrive }));
    await scene.report({ error: { statusCode: 400 } });
    for (let cycle = 1; cycle <= 60; cycle++) {
      const entry = await scene.ledger.settle(await scene.entry(), { outcome: 'dead-lettered', reason: 'permanent' });
      await scene.deliver({ ...(await scene.deadLetter()), cycle: entry.cycle });
    }
    const { cycle, trail } = await scene.entry();
    expect(cycle).toBe(61);
    expect(trail.length).toBeLessThan(60);
    expect(trail.at(-1)?.step).toBe('handed-over');
  });
});
