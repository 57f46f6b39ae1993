import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { discardTarget } from '../../../../lambdas/use-cases/redrive/discard.ts';
import { NOW, sampleEntry } from '../../../support/samples.ts';
import { deadLetterOf } from './memory-queues.ts';

const DEAD = sampleEntry({ id: 'order-1', state: 'settled', outcome: 'dead-lettered' });

describe('a discard', () => {
  it.each<[title: string, entry: LedgerEntry, discards: boolean, takes: boolean]>([
    ['ends the failure of its letter', DEAD, true, true],
    ['leaves a failure that has failed again since, and takes the old letter away', { ...DEAD, cycle: 2 }, false, true],
    ['leaves a failure that is open again', { ...DEAD, state: 'open', outcome: undefined }, false, false],
    ['takes the letter of a failure away that has ended well', { ...DEAD, outcome: 'recovered' }, false, true],
  ])('%s', async (_, entry, discards, takes) => {
    const discarded: LedgerEntry[] = [];
    const target = discardTarget({
      get: async () => entry,
      discard: async (each) => discarded.push(each) > 0,
      onDiscarded: () => undefined,
      onSkipped: () => undefined,
    });
    const taken = await target.send([{ id: 'm1', receipt: 'r1', body: deadLetterOf('order-1'), sentAt: NOW }]);
    expect([discarded.length > 0, taken.has('m1')]).toEqual([discards, takes]);
  });
});
