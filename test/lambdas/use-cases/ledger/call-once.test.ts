import { describe, expect, it } from 'vitest';
import { BusyError } from '../../../../lambdas/contract/errors.ts';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { callOnce } from '../../../../lambdas/use-cases/ledger/call-once.ts';
import type { Effects } from '../../../../lambdas/use-cases/ledger/effects.ts';
import { withinLease } from '../../../../lambdas/use-cases/ledger/within-lease.ts';
import { changedEffects, sampleEffects } from '../../../support/memory-effects.ts';
import { NOW } from '../../../support/samples.ts';

const KEY = effectKey({ dependency: 'payments', id: 'order-1' });
const SUCCESS = { statusCode: 200 };
const leaseOf = (token: string) => ({ token, until: NOW + 60_000 });

function callWith(effects: Effects, make: () => Promise<string>) {
  const endOf = () => ({ kind: 'done', success: SUCCESS }) as const;
  return callOnce(
    { key: KEY, lease: leaseOf('mine'), make, endOf },
    { effects, ledger: { now: NOW }, log: () => undefined },
  );
}

describe('a call under a key', () => {
  it('is not made after a success, which is its result', async () => {
    const effects = sampleEffects();
    await effects.begin(KEY, leaseOf('other'));
    await effects.complete(KEY, 'other', SUCCESS);
    let calls = 0;
    expect(await callWith(effects, async () => `${++calls}`)).toEqual({ kind: 'earlier', success: SUCCESS });
    expect(calls).toBe(0);
  });

  it('that was not made takes back its own mark, never a success', async () => {
    const effects = sampleEffects();
    // Only the answer is lost: the mark is there.
    const losing = changedEffects(effects, {
      begin: async (key, lease) => {
        await effects.begin(key, lease);
        throw new Error('no answer');
      },
    });
    expect(await callWith(losing, async () => 'made')).toMatchObject({ kind: 'not-made' });
    expect(await effects.read(KEY)).toEqual({ kind: 'none' });
    await effects.begin(KEY, leaseOf('mine'));
    await effects.complete(KEY, 'mine', SUCCESS);
    await effects.free(KEY, 'mine');
    expect(await effects.read(KEY)).toEqual({ kind: 'done', success: SUCCESS });
  });
});

describe('a write within a lease', () => {
  const failing = (clock: { now: number }, takesMs: number, error = new Error('no answer')) => {
    const tries: number[] = [];
    const write = async () => {
      tries.push(clock.now);
      clock.now += takesMs;
      throw error;
    };
    return { tries, write };
  };

  it.each([
    ['three times', 1_000, 3],
    ['not after the lease', 30_000, 2],
    ['once if the lease ends with it', 60_000, 1],
  ])('is tried %s', async (_, takesMs, times) => {
    const clock = { now: NOW };
    const { tries, write } = failing(clock, takesMs);
    await expect(withinLease(NOW + 60_000, clock, write)).rejects.toThrow('no answer');
    expect(tries).toHaveLength(times);
  });

  it('is not repeated where another process was faster', async () => {
    const clock = { now: NOW };
    const { tries, write } = failing(clock, 1, new BusyError('the failure has moved on'));
    await expect(withinLease(NOW + 60_000, clock, write)).rejects.toThrow(BusyError);
    expect(tries).toHaveLength(1);
  });
});
