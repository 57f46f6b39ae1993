import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEffects } from '../../../../lambdas/adapters/ledger/effects.ts';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { editOperation } from '../../../../lambdas/domain/redrive/edit-operation.ts';
import { findEffect } from '../../../../lambdas/use-cases/recovery/find-effect.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { NOW } from '../../../support/samples.ts';
import { RETENTION_MS } from '../../../support/scene-ports.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const who = { by: 'ada', why: 'the total was wrong' };
const patch = { kind: 'merge-patch', value: { body: { total: 6 } } } as const;

/** A failure that its dependency rejects permanently, until the test changes the answer. */
async function refused() {
  let status = 422;
  const scene = new RecoveryScene(tables, async () =>
    status === 200 ? { kind: 'ok', statusCode: 200 } : { kind: 'failed', error: { statusCode: status } },
  );
  await scene.report({ error: { statusCode: 422 } });
  await scene.settleAsDead();
  const deadLetter = { kind: 'backstop-dead-letter', version: 1, id: scene.id, cycle: 1, dependency: 'payments' };
  const mend = () => {
    status = 200;
  };
  return { scene, deadLetter, mend, ledger: scene.ledger };
}

describe('an edited failure', () => {
  it('is made in its new form when it is redriven, and the event that it came by is still a repetition', async () => {
    const { scene, deadLetter, mend, ledger } = await refused();
    const entry = await scene.entry();
    await expect(ledger.editOperation(entry, editOperation(entry, patch), who)).resolves.toBe(true);

    const edited = await scene.entry();
    expect(edited.failure?.operation.body).toBe('{"total":6}');
    expect(edited.edits?.map((text) => JSON.parse(text))).toEqual([patch]);
    expect(edited.trail.at(-1)).toEqual({
      at: expect.any(String),
      step: 'edited',
      number: 1,
      fields: '/body/total',
      ...who,
    });
    await scene.report({ error: { statusCode: 422 } });
    expect(scene.rejected).toEqual([]);

    mend();
    await scene.deliver(deadLetter);
    const ended = await scene.entry();
    expect(ended).toMatchObject({ outcome: 'recovered', cycle: 2, edited: 1 });
    expect(ended.edits).toBeUndefined();
  });

  it('has a trail that names few of many fields: ten edits fit into its item', async () => {
    const { scene, ledger } = await refused();
    const names = Array.from({ length: 50 }, (_, n) => `${n}-${'x'.repeat(100)}`);
    const wide = { kind: 'merge-patch', value: { body: Object.fromEntries(names.map((name) => [name, 1])) } } as const;
    const entry = await scene.entry();
    await ledger.editOperation(entry, editOperation(entry, wide), who);
    const fields = String((await scene.entry()).trail.at(-1)?.fields);
    expect(fields.length).toBeLessThanOrEqual(500);
    expect(fields).toMatch(/^\/body\/.* and \d+ more$/);
  });

  it('is not edited twice by two who have read the same, nor after it has moved on', async () => {
    const { scene, deadLetter, ledger } = await refused();
    const entry = await scene.entry();
    const edit = editOperation(entry, patch);
    await ledger.editOperation(entry, edit, who);
    await expect(ledger.editOperation(entry, edit, who)).resolves.toBe(false);
    const again = await scene.entry();
    await scene.deliver(deadLetter);
    await expect(
      ledger.editOperation(again, editOperation(again, { ...patch, value: { body: { total: 7 } } }), who),
    ).resolves.toBe(false);
  });

  it('goes by another key, but an earlier success under an old one still counts', async () => {
    const failure = { id: randomUUID(), dependency: 'payments' };
    const key = `payments/${failure.id}`;
    const effects = createEffects({
      client: tables.client,
      table: 'effects',
      retentionMs: RETENTION_MS,
      now: () => NOW,
    });
    expect([effectKey(failure), effectKey({ ...failure, edited: 2 })]).toEqual([key, `${key}#edit#2`]);
    await expect(findEffect({ ...failure, edited: 2 }, effects)).resolves.toEqual({ kind: 'none' });
    await effects.complete(effectKey({ ...failure, edited: 1 }), 'token', { statusCode: 201 });
    await expect(findEffect(failure, effects)).resolves.toEqual({ kind: 'none' });
    const found = { kind: 'done', success: { statusCode: 201 } };
    await expect(findEffect({ ...failure, edited: 1 }, effects)).resolves.toEqual(found);
    await expect(findEffect({ ...failure, edited: 2 }, effects)).resolves.toEqual(found);
  });

  it('is recovered without a call if the operation had succeeded before the edit', async () => {
    const { scene, deadLetter, mend, ledger } = await refused();
    const effects = createEffects({
      client: tables.client,
      table: 'effects',
      retentionMs: RETENTION_MS,
      now: () => NOW,
    });
    await effects.complete(effectKey({ dependency: 'payments', id: scene.id }), 'token', { statusCode: 200 });
    const entry = await scene.entry();
    await ledger.editOperation(entry, editOperation(entry, patch), who);
    mend();
    const { calls } = scene;
    await scene.deliver(deadLetter);
    expect(await scene.entry()).toMatchObject({ outcome: 'recovered' });
    expect(scene.calls).toBe(calls);
  });
});

describe('a discarded failure', () => {
  it('is over, announces that through the outbox, and no dead letter reopens it', async () => {
    const { scene, deadLetter, ledger } = await refused();
    await expect(ledger.discard(await scene.entry(), who)).resolves.toBe(true);

    const entry = await scene.entry();
    expect(entry).toMatchObject({
      state: 'settled',
      outcome: 'discarded',
      reason: 'by-operator',
      outbox: { detailType: 'Operation Discarded' },
    });
    expect(JSON.parse(entry.outbox?.detail ?? '')).toMatchObject({
      eventId: `payments/${scene.id}.1.discarded`,
      reason: 'by-operator',
    });
    expect(entry.trail.at(-1)).toMatchObject({ step: 'settled', outcome: 'discarded', ...who });
    expect(entry.dueAt).toBe(new Date(NOW + 1_000 + scene.now - NOW).toISOString());

    await scene.deliver(deadLetter);
    expect(await scene.entry()).toMatchObject({ outcome: 'discarded', cycle: 1 });
    await expect(ledger.discard(entry, who)).resolves.toBe(false);
  });
});
