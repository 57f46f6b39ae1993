import { describe, expect, it } from 'vitest';
import { departure } from '../../../lambdas/use-cases/departure.ts';

const until = 100_000;
const mayBegin = () => true;

describe('a request of a call', () => {
  it('does not leave once it could outlast the lease', () => {
    const clock = { now: 0 };
    const depart = departure({ until, circuit: { mayBegin }, clock });
    expect(() => depart(2_000)).not.toThrow();
    clock.now = until;
    expect(() => depart(2_000)).toThrow('the lease is about to expire');
  });

  it('does not leave as the first one long after the circuit was asked', () => {
    const depart = departure({ until, circuit: { mayBegin: () => false }, clock: { now: 0 } });
    expect(() => depart(2_000)).toThrow('the circuit was asked too long ago');
  });
});
