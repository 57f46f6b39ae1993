import { describe, expect, it } from 'vitest';
import type { Question } from '../../../../lambdas/contract/conflict-record.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { waitForDecision } from '../../../../lambdas/use-cases/conflict/wait-for-decision.ts';
import { keyOf, NOW, sampleEntry } from '../../../support/samples.ts';

const iso = (offsetMs: number) => new Date(NOW + offsetMs).toISOString();
const QUESTION: Question = {
  id: '1.1',
  because: 'asked-for',
  state: 'digest',
  shown: '{}',
  askedAt: iso(-1_000),
  until: iso(1),
};
const answer = { choice: 'ours', by: 'ops', why: 'so', at: iso(0) } as const;

async function wait(entry: LedgerEntry | undefined, isKept = true) {
  const kept: string[] = [];
  const ledger: Parameters<typeof waitForDecision>[2] = {
    now: NOW,
    get: async () => entry,
    storeTaskToken: async (_, token) => {
      kept.push(token);
      return isKept;
    },
  };
  const error = await waitForDecision({ key: keyOf('order-1'), cycle: 1 }, 'token', ledger).catch((each) => each);
  return { error, kept };
}

describe('waiting for a decision', () => {
  it('keeps the token by which the answer wakes the machine', async () => {
    expect(await wait(sampleEntry({ question: QUESTION }))).toEqual({ error: undefined, kept: ['token'] });
  });

  it.each<[string, LedgerEntry | undefined, string]>([
    ['there is an answer', sampleEntry({ question: { ...QUESTION, answer } }), 'DecidedError'],
    ['it is over', sampleEntry({ state: 'settled', outcome: 'resolved', question: QUESTION }), 'DecidedError'],
    ['it is in a later cycle', sampleEntry({ cycle: 2 }), 'DecidedError'],
    ['the time is over', sampleEntry({ question: { ...QUESTION, until: iso(0) } }), 'DecidedError'],
    ['nothing is asked', sampleEntry(), 'InternalError'],
    ['there is no such failure', undefined, 'InternalError'],
  ])('is not begun where %s', async (_, entry, name) => {
    const { error, kept } = await wait(entry);
    expect(error).toMatchObject({ name });
    expect(kept).toEqual([]);
  });

  it('is not begun where somebody answers in that very moment', async () => {
    const { error } = await wait(sampleEntry({ question: QUESTION }), false);
    expect(error).toMatchObject({ name: 'DecidedError' });
  });
});
