import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { Settlement } from '../../../../lambdas/domain/ledger/ledger-changes.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { settleFailure } from '../../../../lambdas/use-cases/recovery/settlement.ts';
import { keyOf, sampleEntry, sampleUndo } from '../../../support/samples.ts';

const STATE = { key: keyOf('order-1'), cycle: 1, correlationId: 'trace-1' };
const letter = { reason: 'exhausted' };

/** A ledger that has this entry, or none. */
function ledgerOf(entry: LedgerEntry | undefined) {
  const settlements: Settlement[] = [];
  const ledger = {
    get: async () => entry,
    settle: async (_: LedgerEntry, settlement: Settlement) => {
      settlements.push(settlement);
      return { ...entry, state: 'settled', outcome: settlement.outcome };
    },
  } as unknown as Ledger;
  return { ledger, settlements };
}

describe('settling', () => {
  it.each([
    ['recovered', {}, undefined, 'Operation Recovered'],
    ['ignored', {}, undefined, undefined],
    ['degraded', {}, undefined, 'Operation Degraded'],
    ['dead-lettered', { decision: { letter } }, 'exhausted', 'Operation Dead-Lettered'],
    ['compensated', { decision: { letter: { reason: 'conflict' } } }, undefined, 'Operation Compensated'],
    // The machine's earlier question doesn't affect the outcome.
    ['recovered', { decision: { letter } }, undefined, 'Operation Recovered'],
  ] as const)('records %s', async (outcome, change, reason, detailType) => {
    const { ledger, settlements } = ledgerOf(sampleEntry({ tier: 'warm' }));
    await settleFailure({ ...STATE, settlement: { outcome }, ...change }, ledger);
    expect(settlements).toHaveLength(1);
    expect(settlements[0]).toMatchObject({ outcome });
    expect(settlements[0]?.reason).toBe(reason);
    expect(settlements[0]?.outbox?.detailType).toBe(detailType);
  });

  it('says why a compensated failure was given up', async () => {
    const { ledger, settlements } = ledgerOf(sampleEntry({ tier: 'warm', undo: sampleUndo({ reason: 'deadline' }) }));
    await settleFailure({ ...STATE, settlement: { outcome: 'compensated' } }, ledger);
    expect(settlements).toMatchObject([{ outcome: 'compensated', reason: 'deadline' }]);
  });

  it.each<[string, Partial<LedgerEntry>]>([
    ['has its outcome', { state: 'settled', outcome: 'dead-lettered' }],
    ['is in a later cycle', { cycle: 2 }],
  ])('changes nothing for a failure that %s', async (_, change) => {
    const { ledger, settlements } = ledgerOf(sampleEntry({ tier: 'warm', ...change }));
    await settleFailure({ ...STATE, settlement: { outcome: 'recovered' } }, ledger);
    // Here the machine may end without an outcome, because the failure already has one.
    await settleFailure(STATE, ledger);
    expect(settlements).toEqual([]);
  });

  it.each<[string, LedgerEntry | undefined, object, string]>([
    ['the machine has come to no outcome', sampleEntry(), STATE, 'NotSettledError'],
    ['the ledger has no such failure', undefined, { ...STATE, settlement: { outcome: 'ignored' } }, 'InternalError'],
    ['the outcome is unheard of', sampleEntry(), { ...STATE, settlement: { outcome: 'lost' } }, 'ValiError'],
    ['the state names no failure', sampleEntry(), { cycle: 1, settlement: { outcome: 'ignored' } }, 'ValiError'],
    ['the key is no text', sampleEntry(), { ...STATE, key: 1, settlement: { outcome: 'ignored' } }, 'ValiError'],
    [
      'the cycle is no number',
      sampleEntry(),
      { ...STATE, cycle: '1', settlement: { outcome: 'ignored' } },
      'ValiError',
    ],
    [
      'the state names no cycle',
      sampleEntry(),
      { key: keyOf('order-1'), settlement: { outcome: 'ignored' } },
      'ValiError',
    ],
  ])('fails where %s', async (_, entry, state, name) => {
    const { ledger, settlements } = ledgerOf(entry);
    await expect(settleFailure(state, ledger)).rejects.toMatchObject({ name });
    expect(settlements).toEqual([]);
  });
});
