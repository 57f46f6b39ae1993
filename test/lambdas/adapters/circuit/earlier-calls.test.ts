import { describe, expect, it } from 'vitest';
import { EarlierCalls } from '../../../../lambdas/adapters/circuit/earlier-calls.ts';
import { NOW } from '../../../support/samples.ts';

const TIMEOUT = Object.assign(new Error('x'), { code: 'ETIMEDOUT', syscall: 'read' });

describe('earlier calls with equal arguments', () => {
  it('count until one succeeds', () => {
    const earlier = new EarlierCalls(() => NOW);
    for (let call = 0; call < 3; call++) earlier.failed([{ id: 'a' }, 1], TIMEOUT);
    expect(earlier.before([{ id: 'a' }, 1])).toBe(3);
    expect(earlier.before([{ id: 'a' }, 2])).toBe(0);
    earlier.succeeded([{ id: 'a' }, 1]);
    expect(earlier.before([{ id: 'a' }, 1])).toBe(0);
  });

  it('count no longer once no loop can still run', () => {
    let now = NOW;
    const earlier = new EarlierCalls(() => now);
    earlier.failed([], TIMEOUT);
    now += 15 * 60_000;
    expect(earlier.before([])).toBe(1);
    expect(earlier.before(['a'])).toBe(0);
    now += 1;
    expect(earlier.before([])).toBe(0);
  });

  it('are as many as fit, however many operations fail', () => {
    const earlier = new EarlierCalls(() => NOW);
    for (let id = 0; id < 501; id++) earlier.failed([id], TIMEOUT);
    expect([0, 1, 500].map((id) => earlier.before([id]))).toEqual([0, 1, 1]);
  });

  it('are in doubt the same: arguments that no JSON holds', () => {
    const earlier = new EarlierCalls(() => NOW);
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    for (const argument of [cyclic, 1n]) earlier.failed([argument], TIMEOUT);
    expect(earlier.before([2n])).toBe(2);
  });

  it('read no error that refuses to be read', () => {
    const earlier = new EarlierCalls(() => NOW);
    const refuse = () => {
      throw new Error('no');
    };
    earlier.failed([], new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse }));
    expect(earlier.before([])).toBe(1);
  });
});
