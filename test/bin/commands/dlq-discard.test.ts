import { describe, expect, it } from 'vitest';
import { failureKey } from '../../../lambdas/contract/failure-key.ts';
import { keyOf, sampleUndo } from '../../support/samples.ts';
import { DEAD_LETTERS, DlqScene, PARKED, WHY } from './dlq-scene.ts';

const scene = DlqScene.inThisFile();

describe('backstop dlq discard', () => {
  it('ends the named failures, and deletes their dead letters', async () => {
    const [one, other] = [await scene.dead(), await scene.dead({}, PARKED)];
    const kept = await scene.dead();
    const { out } = await scene.dlq('discard', one.id, other.id, ...WHY, '--json');
    expect(JSON.parse(out)).toMatchObject({ discarded: expect.arrayContaining([one.id, other.id]), deleted: 2 });
    expect(await scene.ledger.get(failureKey(one))).toMatchObject({ outcome: 'discarded', reason: 'by-operator' });
    expect(scene.sqs.bodies(DEAD_LETTERS).map((body) => JSON.parse(body).id)).toEqual([kept.id]);
    expect(scene.sqs.bodies(PARKED)).toEqual([]);
  });

  it('ends what a filter finds, and warns where completed steps are not undone', async () => {
    const undo = sampleUndo({ steps: [{ name: 'reserve', dependency: 'stock', state: 'failed', attempts: 7 }] });
    const { id } = await scene.dead({ undo });
    await scene.dead({ reason: 'exhausted' });
    await scene.dlq('discard', '--dependency', 'payments', '--reason', 'permanent', ...WHY);
    expect(scene.plans[0]).toContain(`WARNING: completed steps of ${id} are NOT undone`);
    expect(await scene.ledger.get(keyOf(id))).toMatchObject({ outcome: 'discarded' });
    expect(scene.sqs.bodies(DEAD_LETTERS)).toHaveLength(1);
  });

  it('leaves what is being worked on, says so, and ends the others', async () => {
    const busy = await scene.dead({ outbox: { eventId: 'e', detailType: 'Operation Dead-Lettered', detail: '{}' } });
    const others = [await scene.dead(), await scene.dead()].map(({ id }) => id);
    const args = ['discard', '--dependency', 'payments', '--json', ...WHY];
    const { out, code } = await scene.dlq(...args);
    expect(code).toBe(5);
    expect(JSON.parse(out)).toMatchObject({ discarded: others, deleted: 2, left: [busy.id] });
    expect(scene.sqs.bodies(DEAD_LETTERS).map((body) => JSON.parse(body).id)).toEqual([busy.id]);
  });

  it('ends a named failure, although the queue holds only the dead letter of an earlier cycle', async () => {
    const failure = await scene.dead({ cycle: 2 }, 'http://127.0.0.1/queues/expired');
    scene.sqs.put(DEAD_LETTERS, scene.deadLetterOf({ ...failure, cycle: 1 }));
    const { out } = await scene.dlq('discard', failure.id, ...WHY, '--json');
    expect(JSON.parse(out)).toMatchObject({ discarded: [failure.id], deleted: 1 });
    expect(await scene.ledger.get(failureKey(failure))).toMatchObject({ outcome: 'discarded' });
  });

  it('ends a failure whose dead letter is gone, and says when there is nothing to end', async () => {
    const { id } = await scene.dead({}, 'http://127.0.0.1/queues/gone');
    expect((await scene.dlq('discard', id, ...WHY)).out).toContain(`Discarded ${id}, by ada. Deleted 0 dead letters.`);
    expect(await scene.dlq('discard', id, ...WHY)).toMatchObject({ code: 3 });
  });
});
