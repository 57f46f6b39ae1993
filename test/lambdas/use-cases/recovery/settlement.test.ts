import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { Settlement } from '../../../../lambdas/domain/ledger/ledger-changes.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { type SettlePorts, settleFailure } from '../../../../lambdas/use-cases/recovery/settlement.ts';
import { sampleEffects } from '../../../support/memory-effects.ts';
import { keyOf, NOW, sampleEntry, sampleFailure, sampleUndo } from '../../../support/samples.ts';

const STATE = { key: keyOf('order-1'), cycle: 1, correlationId: 'trace-1' };
const STEP = { name: 'release', dependency: 'stock', operation: { method: 'DELETE', path: '/r' } } as const;
const letter = { reason: 'exhausted' };

/** A ledger that has this entry, or none. */
function ledgerOf(entry: LedgerEntry | undefined) {
  const settlements: Settlement[] = [];
  const ledger = {
    now: NOW,
    get: async () => entry,
    settle: async (_: LedgerEntry, settlement: Settlement) => {
      settlements.push(settlement);
      return { ...entry, state: 'settled', outcome: settlement.outcome };
    },
  } as unknown as Ledger;
  const sent: { readonly queue: string; readonly letter: Record<string, unknown> }[] = [];
  const ports: SettlePorts = {
    ledger,
    effects: sampleEffects(),
    send: async (queue, body) => void sent.push({ queue, letter: JSON.parse(body) }),
    runbookUrl: 'runbook',
    isRegistered: (name) => name === 'payments',
  };
  return { ports, settlements, sent };
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
    const { ports, settlements } = ledgerOf(sampleEntry({ tier: 'warm' }));
    await settleFailure({ ...STATE, settlement: { outcome }, ...change }, ports);
    expect(settlements).toHaveLength(1);
    expect(settlements[0]).toMatchObject({ outcome });
    expect(settlements[0]?.reason).toBe(reason);
    expect(settlements[0]?.outbox?.detailType).toBe(detailType);
  });

  it('says why a compensated failure was given up', async () => {
    const { ports, settlements } = ledgerOf(sampleEntry({ tier: 'warm', undo: sampleUndo({ reason: 'deadline' }) }));
    await settleFailure({ ...STATE, settlement: { outcome: 'compensated' } }, ports);
    expect(settlements).toMatchObject([{ outcome: 'compensated', reason: 'deadline' }]);
  });

  it.each<[string, Partial<LedgerEntry>]>([
    ['has its outcome', { state: 'settled', outcome: 'dead-lettered' }],
    ['is in a later cycle', { cycle: 2 }],
  ])('changes nothing for a failure that %s', async (_, change) => {
    const { ports, settlements } = ledgerOf(sampleEntry({ tier: 'warm', ...change }));
    await settleFailure({ ...STATE, settlement: { outcome: 'recovered' } }, ports);
    // Here the machine may end without an outcome, because the failure already has one.
    await settleFailure(STATE, ports);
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
    const { ports, settlements } = ledgerOf(entry);
    await expect(settleFailure(state, ports)).rejects.toMatchObject({ name });
    expect(settlements).toEqual([]);
  });
});

describe('settling what the machine gave up', () => {
  const GIVEN_UP = { ...STATE, error: { Error: 'GaveUpError', Cause: '{}' } };
  const exhausted = { tier: 'warm', attempts: 7, attemptLimit: 7 } as const;

  it('writes the dead letter, then records the outcome', async () => {
    const order: string[] = [];
    const { ports, settlements, sent } = ledgerOf(sampleEntry({ ...exhausted, deadLetterQueueUrl: 'letters' }));
    const { isNew } = await settleFailure(GIVEN_UP, {
      ...ports,
      send: async (queue, body) => {
        order.push(`sent before ${settlements.length} settlements`);
        await ports.send(queue, body);
      },
    });
    expect(isNew).toBe(true);
    expect(order).toEqual(['sent before 0 settlements']);
    expect(sent).toMatchObject([
      {
        queue: 'letters',
        letter: { id: 'order-1', cycle: 1, reason: 'exhausted', runbook: 'runbook#dead-letter-exhausted' },
      },
    ]);
    expect(settlements).toMatchObject([{ outcome: 'dead-lettered', reason: 'exhausted' }]);
  });

  it('records nothing if the queue does not take the dead letter', async () => {
    const { ports, settlements } = ledgerOf(sampleEntry(exhausted));
    const send = () => Promise.reject(new Error('the queue is gone'));
    await expect(settleFailure(GIVEN_UP, { ...ports, send })).rejects.toThrow('the queue is gone');
    expect(settlements).toEqual([]);
  });

  it.each<[string, Partial<LedgerEntry>, string]>([
    ['its own fault', { attemptLimit: 7 }, 'handler-failed'],
    ['a removed dependency', { attemptLimit: 7, dependency: 'removed' }, 'unregistered'],
    [
      'a permanent error',
      { verdict: { kind: 'permanent', category: 'data-integrity', effect: 'none', rule: 'r' } },
      'permanent',
    ],
  ])('names %s as the reason', async (_, change, reason) => {
    const { ports, settlements, sent } = ledgerOf(sampleEntry({ ...exhausted, attempts: 1, ...change }));
    await settleFailure(GIVEN_UP, ports);
    expect(sent).toMatchObject([{ letter: { reason } }]);
    expect(settlements).toMatchObject([{ outcome: 'dead-lettered', reason }]);
  });

  it('asks for the undo first if steps are completed', async () => {
    const { ports, settlements, sent } = ledgerOf(
      sampleEntry({ ...exhausted, failure: sampleFailure({ undo: [STEP] }) }),
    );
    await expect(settleFailure(GIVEN_UP, ports)).rejects.toMatchObject({ name: 'UndoDueError' });
    expect([settlements, sent]).toEqual([[], []]);
  });

  it('writes nothing for an outcome that somebody else recorded', async () => {
    const { ports, settlements, sent } = ledgerOf(sampleEntry({ state: 'settled', outcome: 'recovered' }));
    expect(await settleFailure(GIVEN_UP, ports)).toMatchObject({ isNew: false, entry: { outcome: 'recovered' } });
    expect([settlements, sent]).toEqual([[], []]);
  });

  it('leaves open what a failed undo, or the catch block of an earlier version, did not end', async () => {
    const { ports, settlements, sent } = ledgerOf(sampleEntry(exhausted));
    const state = { ...GIVEN_UP, catchError: { Error: 'InternalError', Cause: '{}' } };
    await expect(settleFailure(state, ports)).rejects.toMatchObject({ name: 'NotSettledError' });
    expect([settlements, sent]).toEqual([[], []]);
  });
});
