import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

/** A dead letter in its last allowed cycle. */
async function spent(maxCycles = 1) {
  const refused = { kind: 'failed', error: { statusCode: 400 } } as const;
  const redrive = { maxCycles, automatic: false, rate: 5 };
  const scene = new RecoveryScene(tables, async () => refused, sampleSettings({ redrive }));
  await scene.report();
  await scene.settleAsDead();
  const deadLetter = { kind: 'backstop-dead-letter', version: 1, id: scene.id, cycle: 1, dependency: 'payments' };
  return { scene, deadLetter };
}

const who = { by: 'ada', why: 'the data is mended' };

describe('a failure that has used up its cycles', () => {
  it('is not reopened: its dead letter is parked, and the ledger says so', async () => {
    const { scene, deadLetter } = await spent();
    const calls = scene.calls;
    await expect(scene.deliver(deadLetter)).resolves.toBe(true);

    expect(scene.calls).toBe(calls);
    const [parked = ''] = scene.parked;
    expect(JSON.parse(parked)).toMatchObject({
      kind: 'backstop-dead-letter',
      id: scene.id,
      cycle: 1,
      reason: 'permanent',
      runbook: 'runbook#parked-letters',
    });
    const entry = await scene.entry();
    expect(entry).toMatchObject({ state: 'settled', outcome: 'dead-lettered', cycle: 1, parkedAfter: 1 });
    expect(entry.trail.at(-1)).toMatchObject({ step: 'parked', cycle: 1 });
  });

  it('stays in the ledger longer than its dead letter stays parked', async () => {
    const { scene, deadLetter } = await spent();
    scene.now += 29 * 86_400_000;
    await scene.deliver(deadLetter);
    const parkedUntil = scene.now + 14 * 86_400_000;
    expect((await scene.entry()).expiresAt * 1_000).toBeGreaterThan(parkedUntil);
  });

  it('parks the dead letter each time that it arrives, and reports that once', async () => {
    const { scene, deadLetter } = await spent();
    await scene.deliver(deadLetter);
    await scene.deliver(deadLetter);
    expect(scene.parked).toHaveLength(2);
    expect((await scene.entry()).trail.filter(({ step }) => step === 'parked')).toHaveLength(1);
  });

  it('follows the ledger, not the dead letter', async () => {
    const { scene, deadLetter } = await spent();
    await scene.deliver({ ...deadLetter, cyclesAllowed: 20, maxCycles: 20 });
    expect(scene.parked).toHaveLength(1);
    await scene.deliver({ ...deadLetter, cycle: 2 });
    expect((await scene.entry()).cycle).toBe(1);
  });

  it('gets one more cycle where an operator allows it, and only one', async () => {
    const { scene, deadLetter } = await spent();
    await scene.deliver(deadLetter);
    await expect(scene.ledger.allowCycle(await scene.entry(), who)).resolves.toBe(2);
    await scene.deliver(deadLetter);
    const entry = await scene.entry();
    expect(entry).toMatchObject({ cycle: 2, state: 'open' });
    expect(entry.trail).toContainEqual(expect.objectContaining({ step: 'cycle-allowed', cycle: 2, ...who }));
    await expect(scene.ledger.allowCycle(entry, who)).resolves.toBeUndefined();
  });

  it('a failure with cycles left is opened again', async () => {
    const { scene, deadLetter } = await spent(2);
    await scene.deliver(deadLetter);
    expect(scene.parked).toEqual([]);
    expect(await scene.entry()).toMatchObject({ cycle: 2 });
  });
});
