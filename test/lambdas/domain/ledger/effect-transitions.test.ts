import { expect, it } from 'vitest';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { effectId } from '../../../../lambdas/domain/ledger/effect-transitions.ts';
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
  return { clock, other, table, store: new EffectStore({ ...table, get }, options) };
}

it('lets nobody repeat a call that stores its success between the look and the mark', async () => {
  const { clock, other, store } = twoProcesses((late) => late.complete(KEY, 'late', { statusCode: 200 }));
  await other.begin(KEY, { token: 'late', until: NOW + 1_000 });
  clock.now += 2_000;
  expect(await store.begin(KEY, { token: 'next', until: clock.now + 1_000 })).toMatchObject({ kind: 'under-way' });
  expect(await other.read(KEY)).toEqual({ kind: 'done', success: { statusCode: 200 } });
});

it.each([
  ['is still under way', async () => undefined, 'under-way'],
  ['has ended in doubt', (third: EffectStore) => third.doubt(KEY, 'third'), 'in-doubt'],
] as const)(
  'lets nobody repeat a call that another process repeats before the mark, and that %s',
  async (_, end, kind) => {
    const { clock, other, store } = twoProcesses(async (third) => {
      await third.begin(KEY, { token: 'third', until: clock.now + 1_000 });
      await end(third);
    });
    await other.begin(KEY, { token: 'late', until: NOW + 1_000 });
    clock.now += 2_000;
    expect(await store.begin(KEY, { token: 'next', until: clock.now + 1_000 })).toMatchObject({ kind: 'under-way' });
    expect(await other.read(KEY)).toMatchObject({ kind });
  },
);

it('lets nobody repeat a call while an earlier version makes it, whose marks have no token', async () => {
  const id = effectId(KEY);
  const mark = (until: number) => ({
    set: { status: 'INPROGRESS', in_progress_expiration: until, expiration: NOW / 1_000 + 86_400 } as const,
    condition: [],
  });
  const { clock, other, store, table } = twoProcesses(async () => {
    await table.write(id, mark(clock.now + 1_000));
  });
  await table.write(id, mark(NOW));
  clock.now += 2_000;
  expect(await store.begin(KEY, { token: 'next', until: clock.now + 1_000 })).toMatchObject({ kind: 'under-way' });
  expect(await other.read(KEY)).toEqual({ kind: 'under-way', token: undefined, until: clock.now + 1_000 });
});
