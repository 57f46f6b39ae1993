import { describe, expect, it } from 'vitest';
import { mayBeRepeated } from '../../../../lambdas/domain/recovery/call-failure.ts';
import { NOW, sampleEntry, sampleFailure } from '../../../support/samples.ts';

const keys = (idempotencyKeys: boolean) => ({ kind: 'http', idempotencyKeys }) as const;
const lambda = (repeatable: boolean) => ({ kind: 'lambda', repeatable }) as const;

describe('whether an announced call may be repeated, by what its announcement says and the settings of today', () => {
  it.each([
    ['POST', true, keys(true), true],
    ['POST', true, keys(false), false],
    ['POST', false, keys(true), false],
    // An earlier version noted nothing. The call may have had no key.
    ['POST', undefined, keys(true), false],
    ['PUT', undefined, keys(false), true],
    ['POST', undefined, lambda(true), false],
    ['POST', true, lambda(true), true],
  ] as const)('%s, noted %s, today %j: %s', (method, repeatable, settings, expected) => {
    const failure = sampleFailure({ operation: { method, path: '/a' } });
    const inFlight = { token: 't', until: '2026-03-01T12:00:00.000Z', repeatable };
    expect(mayBeRepeated(sampleEntry({ failure, inFlight }), settings, NOW)).toBe(expected);
  });

  it('depends on the settings alone where no call is announced', () => {
    const entry = sampleEntry({ failure: sampleFailure({ operation: { method: 'POST', path: '/a' } }) });
    expect([keys(true), keys(false)].map((settings) => mayBeRepeated(entry, settings, NOW))).toEqual([true, false]);
  });
});
