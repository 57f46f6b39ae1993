import { expect, it } from 'vitest';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { EffectStore } from '../../../../lambdas/use-cases/ledger/effect-store.ts';
import { memoryEffects } from '../../../../tools/sim/cloud/memory-effects.ts';
import { NOW } from '../../../support/samples.ts';

const KEY = effectKey({ dependency: 'payments', id: 'order-1' });

/** Two processes at one record. What `between` does happens after the first one's reads. */
function twoProcesses(between: (other: EffectStore) => Promise<void>) {
  const table = memoryEffects();
  const clock = { now: NOW };
  const options = { now: () => clock.now, retentionMs: 86_400_000 };
  const other = new EffectStore(table, options);
  const get: typeof table.get = async (id) => {
    const record = await table.get(id);
    await between(other);
    return record;
  };
  return { clock, other, store: new EffectStore({ ...table, get }, options) };
}

it('lets nobody repeat a call that stores its success between the look and the mark', async () => {
  const { clock, other, store } = twoProcesses((late) => late.complete(KEY, 'late', { statusCode: 200 }));
  await other.begin(KEY, { token: 'late', until: NOW + 1_000 });
  clock.now += 2_000;
  expect(await store.begin(KEY, { token: 'next', until: clock.now + 1_000 })).toMatchObject({ kind: 'under-way' });
  expect(await other.read(KEY)).toEqual({ kind: 'done', success: { statusCode: 200 } });
});

it('lets nobody repeat a call that another process repeats between the look and the mark', async () => {
  const { clock, other, store } = twoProcesses(async (third) => {
    await third.begin(KEY, { token: 'third', until: clock.now + 1_000 });
  });
  await other.begin(KEY, { token: 'late', until: NOW + 1_000 });
  clock.now += 2_000;
  expect(await store.begin(KEY, { token: 'next', until: clock.now + 1_000 })).toMatchObject({ kind: 'under-way' });
  expect(await other.read(KEY)).toMatchObject({ kind: 'under-way', token: 'third' });
});
