import { describe, expect, it } from 'vitest';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import { compensationOf, isUndoDue } from '../../../../lambdas/domain/undo/compensation.ts';
import { type EntryTable, LedgerStore } from '../../../../lambdas/use-cases/ledger/ledger-store.ts';
import { OperationItems } from '../../../../lambdas/use-cases/ledger/operation-items.ts';
import { MemoryEntries, memoryEntries } from '../../../../tools/sim/cloud/memory-entries.ts';
import { MemoryOperations, memoryOperations } from '../../../../tools/sim/cloud/memory-operations.ts';
import { json } from '../../../support/json.ts';
import { NOW, sampleEntry, sampleFailure } from '../../../support/samples.ts';

const DAY_MS = 86_400_000;
const FROM_BYTES = 1_000;
const KEY = failureKey(sampleEntry());
const failureOf = (text: string) =>
  sampleFailure({ operation: { method: 'PUT', path: '/orders/1', body: json({ text }) } });
const LARGE = failureOf('x'.repeat(FROM_BYTES));
const LARGER = failureOf('y'.repeat(FROM_BYTES));
const SMALL = failureOf('x');
const WHO = { by: 'ada', why: 'so' };

/** A ledger that keeps entries for a day, with what lies in its tables. */
function scene() {
  const clock = { now: NOW };
  const entries = new MemoryEntries();
  const operations = new MemoryOperations();
  const puts: string[] = [];
  const reads: string[] = [];
  const table = memoryOperations(operations);
  let tokens = 0;
  const ledgerOn = (entryTable: EntryTable) =>
    new LedgerStore(entryTable, {
      now: () => clock.now,
      reconcileAfterMs: 60_000,
      retentionMs: DAY_MS,
      newToken: () => `token-${++tokens}`,
      operations: {
        table: {
          ...table,
          put: (key, ref, text) => {
            puts.push(text);
            return table.put(key, ref, text);
          },
          get: (key, ref) => {
            reads.push(key);
            return table.get(key, ref);
          },
        },
        fromBytes: FROM_BYTES,
      },
    });
  const memory = memoryEntries(entries);
  const stored = () => entries.get(KEY);
  return { clock, operations, puts, reads, memory, ledger: ledgerOn(memory), ledgerOn, stored };
}

async function deadLetter(ledger: LedgerStore, failure: LedgerEntry['failure']) {
  const entry = await ledger.settle(await ledger.claim(sampleEntry({ failure })), { outcome: 'dead-lettered' });
  if (!entry.failure) throw new Error('the dead letter has no operation');
  return { ...entry, failure: entry.failure };
}

describe('a large operation', () => {
  it('is stored once, however often its entry changes', async () => {
    const { ledger, puts, stored } = scene();
    const entry = await ledger.claim(sampleEntry({ failure: LARGE }));
    const begun = await ledger.beginAttempt(entry, { token: 'mine', until: NOW + 1_000 });
    const held = await ledger.hold(begun ?? entry, { because: 'circuit', until: NOW + 1_000 });
    for (const each of [entry, begun, held, await ledger.get(KEY)]) expect(each?.failure).toEqual(LARGE);
    expect(puts).toHaveLength(1);
    expect(stored()?.failure).toBeUndefined();
  });

  it('is neither stored nor read again when its message comes back', async () => {
    const { ledger, puts, reads } = scene();
    await ledger.claim(sampleEntry({ failure: LARGE }));
    expect((await ledger.claim(sampleEntry({ failure: LARGE }))).failure).toEqual(LARGE);
    expect([puts.length, reads.length]).toEqual([1, 0]);
    expect((await ledger.claim(sampleEntry({ failure: LARGER }))).failure).toEqual(LARGE);
    expect(reads).toHaveLength(1);
  });

  it('is there before its entry, so that a crash in between loses nothing', async () => {
    const { ledger, ledgerOn, memory, operations, stored } = scene();
    const crashing = ledgerOn({ ...memory, insert: () => Promise.reject(new Error('a crash')) });
    await expect(crashing.claim(sampleEntry({ failure: LARGE }))).rejects.toThrow('a crash');
    expect([operations.count, stored()]).toEqual([1, undefined]);
    expect((await ledger.claim(sampleEntry({ failure: LARGE }))).failure).toEqual(LARGE);
  });

  it('is that of the first of two claims at once', async () => {
    const { ledger } = scene();
    const both = await Promise.all(
      [LARGE, LARGER].map((failure) => ledger.claim(sampleEntry({ failure, fingerprint: failure.occurredAt }))),
    );
    expect(both.map(({ failure }) => failure)).toEqual([LARGE, LARGE]);
  });

  it('can no longer be read after a good end', async () => {
    const { ledger, stored } = scene();
    await ledger.settle(await ledger.claim(sampleEntry({ failure: LARGE })), { outcome: 'recovered' });
    expect(stored()?.operationItem).toBeUndefined();
    expect((await ledger.get(KEY))?.failure).toBeUndefined();
  });

  it('lives as long as its entry, however late that changes', async () => {
    const { ledger, clock, puts, stored } = scene();
    let entry = await ledger.claim(sampleEntry({ failure: LARGE }));
    for (let day = 0; day < 10; day++) {
      clock.now += DAY_MS - 1_000;
      entry = await ledger.hold(entry, { because: 'circuit', until: clock.now });
      const { operationItem, expiresAt = 0 } = stored() ?? {};
      expect(operationItem?.until).toBeGreaterThanOrEqual(expiresAt);
    }
    expect(entry.failure).toEqual(LARGE);
    expect(puts.length).toBeLessThanOrEqual(11);
  });

  it('does not return after an edit because a late process renews the old one', async () => {
    const { ledger, clock } = scene();
    const dead = await deadLetter(ledger, LARGE);
    const edit = { failure: LARGER, number: 1, fields: ['/body/text'], text: '[]' };
    expect(await ledger.editOperation(dead, edit, WHO)).toBe(true);
    clock.now += 1.5 * DAY_MS;
    expect(await ledger.park(dead)).toBe(false);
    expect((await ledger.get(KEY))?.failure).toEqual(LARGER);
  });

  it('is read anew after an edit, whoever knows the one before', async () => {
    const { ledger, memory } = scene();
    const dead = await deadLetter(ledger, LARGE);
    const edit = { failure: LARGER, number: 1, fields: ['/body/text'], text: '[]' };
    await ledger.editOperation(dead, edit, WHO);
    const table = memoryOperations();
    const items = new OperationItems(
      { table: { ...table, get: async () => writeFailure(LARGER) }, fromBytes: FROM_BYTES },
      { now: () => NOW, retentionMs: DAY_MS, newToken: () => 'token' },
    );
    const stored = await memory.get(KEY);
    if (!stored) throw new Error('the ledger has no such failure');
    expect((await items.whole(stored, dead))?.failure).toEqual(LARGER);
  });

  it('that is missing lets its entry end, as one whose steps are not undone', async () => {
    const { ledger, memory, clock } = scene();
    await ledger.claim(sampleEntry({ failure: LARGE }));
    const bare = new LedgerStore(memory, {
      now: () => clock.now,
      reconcileAfterMs: 60_000,
      retentionMs: DAY_MS,
      newToken: () => 'token',
      operations: { table: memoryOperations(), fromBytes: FROM_BYTES },
    });
    const entry = await bare.get(KEY);
    if (!entry) throw new Error('the ledger has no such failure');
    expect([entry.failure, compensationOf(entry), isUndoDue(entry)]).toEqual([undefined, 'not-run', false]);
    expect(await bare.settle(entry, { outcome: 'dead-lettered' })).toMatchObject({ outcome: 'dead-lettered' });
    clock.now += DAY_MS + 1_000;
    expect(await bare.get(KEY)).toBeUndefined();
  });
});

describe('an edit', () => {
  it.each([
    ['small to large', SMALL, LARGE, true],
    ['large to small', LARGE, SMALL, false],
    ['large to large', LARGE, LARGER, true],
  ])('reads as it was written: %s', async (_, before, after, isApart) => {
    const { ledger, stored } = scene();
    const dead = await deadLetter(ledger, before);
    await ledger.editOperation(dead, { failure: after, number: 1, fields: [], text: '[]' }, WHO);
    expect((await ledger.get(KEY))?.failure).toEqual(after);
    expect([stored()?.operationItem !== undefined, stored()?.failure !== undefined]).toEqual([isApart, !isApart]);
  });
});

describe('an entry of an earlier version', () => {
  it('holds its large operation until it ends', async () => {
    const { ledger, memory, puts, stored } = scene();
    const expiresAt = Math.ceil(NOW / 1_000) + 60;
    await memory.insert({ ...sampleEntry({ failure: LARGE }), expiresAt });
    const entry = await ledger.claim(sampleEntry({ failure: LARGE }));
    const begun = await ledger.beginAttempt(entry, { token: 'mine', until: NOW + 1_000 });
    expect(begun?.failure).toEqual(LARGE);
    await ledger.settle(begun ?? entry, { outcome: 'recovered' });
    expect([stored()?.outcome, stored()?.failure, puts]).toEqual(['recovered', undefined, []]);
  });
});
