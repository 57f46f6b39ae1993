import { EffectStore } from '../../lambdas/use-cases/ledger/effect-store.ts';
import type { Effects } from '../../lambdas/use-cases/ledger/effects.ts';
import { memoryEffects } from '../../tools/sim/cloud/memory-effects.ts';
import { NOW } from './samples.ts';

/** An effects store in memory, empty, with a clock of the test. */
export function sampleEffects(now: () => number = () => NOW): EffectStore {
  return new EffectStore(memoryEffects(), { now, retentionMs: 30 * 86_400_000 });
}

/** The same effects store with other methods. */
export function changedEffects(effects: Effects, change: Partial<Effects>): Effects {
  return {
    read: (key) => effects.read(key),
    begin: (key, lease) => effects.begin(key, lease),
    complete: (key, token, success) => effects.complete(key, token, success),
    free: (key, token) => effects.free(key, token),
    doubt: (key, token) => effects.doubt(key, token),
    ...change,
  };
}
