import { describe, expect, it } from 'vitest';
import { announcement, withdrawAttempt } from '../../../../lambdas/domain/ledger/attempt-transitions.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';

const call = (token: string, before: Parameters<typeof announcement>[0] = {}) => ({
  inFlight: announcement(before, { token, until: NOW + 60_000, repeatable: false }),
});

describe('the announcement of a call that was not made', () => {
  it('gives its place back to the one that it replaced: only that one tells that a call was cut off', () => {
    const cutOff = call('cut off');
    const { set, remove } = withdrawAttempt(sampleEntry({ attempts: 2, ...call('not made', cutOff) }));
    expect({ set, remove }).toEqual({ set: expect.objectContaining({ attempts: 1, ...cutOff }), remove: [] });
  });

  it('leaves no announcement where there was none before', () => {
    const { set, remove } = withdrawAttempt(sampleEntry({ attempts: 1, ...call('not made') }));
    expect(set).not.toHaveProperty('inFlight');
    expect(remove).toContain('inFlight');
  });
});
