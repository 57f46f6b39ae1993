import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoDBEntries } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { dynamoDBOperations } from '../../../../lambdas/adapters/ledger/operation-items.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import { OUTCOMES } from '../../../../lambdas/contract/outcomes.ts';
import { iso } from '../../../../lambdas/contract/time.ts';
import { PENDING_SHARDS } from '../../../../lambdas/domain/ledger/pending-shard.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import { type EntryTable, LedgerStore } from '../../../../lambdas/use-cases/ledger/ledger-store.ts';
import type { OperationItemsOptions } from '../../../../lambdas/use-cases/ledger/operation-items.ts';
import { isUndoing } from '../../../../lambdas/use-cases/undo/undo-step.ts';
import { memoryEntries } from '../../../../tools/sim/cloud/memory-entries.ts';
import { memoryOperations } from '../../../../tools/sim/cloud/memory-operations.ts';
import { sampleQuestion } from '../../../support/questions.ts';
import { NOW, sampleEntry, sampleUndo } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const WHO = { by: 'ada', why: 'so' };
const OUTBOX = { eventId: 'event', detailType: 'Operation Recovered', detail: '{}' };
const DAY_MS = 86_400_000;

/** A transition with arbitrary details. Undefined where the entry, as it was read, doesn't allow the question. */
type Move = (ledger: Ledger, entry: LedgerEntry, n: number) => Promise<unknown> | undefined;

const MOVES: Readonly<Record<string, Move>> = {
  claim: (ledger, entry) => ledger.claim(entry),
  beginAttempt: (ledger, entry, n) =>
    ledger.beginAttempt(entry, {
      token: `token-${n}`,
      until: ledger.now + 1_000,
      repeatable: n % 2 === 0,
      followsNoEffect: n % 3 === 0,
    }),
  recordFailedAttempt: (ledger, entry, n) =>
    entry.inFlight &&
    ledger.recordFailedAttempt(entry, {
      verdict: entry.verdict,
      isProbe: n % 3 === 0,
      notBefore: n % 2 === 0 ? ledger.now + n : undefined,
      asked:
        n % 2 === 0
          ? { question: sampleQuestion({ id: `1.${n}` }, ledger.now), attemptLimit: 9, deadline: ledger.now + DAY_MS }
          : undefined,
      step: { at: iso(ledger.now), step: 'attempt-failed', attempt: entry.attempts },
    }),
  withdrawAttempt: (ledger, entry) => entry.inFlight && ledger.withdrawAttempt(entry),
  recordResolution: (ledger, entry) =>
    entry.inFlight &&
    ledger.recordResolution(entry, { rounds: 1, refused: [], end: 'decided', winner: 'ours', version: undefined }),
  hold: (ledger, entry, n) =>
    ledger.hold(entry, {
      because: n % 2 === 0 ? 'circuit' : 'execution',
      until: ledger.now + n,
      awaited: n % 2 === 0 ? undefined : { execution: `execution-${n % 3}`, redrives: 0 },
    }),
  passOn: (ledger, entry, n) => ledger.passOn(entry, { messageId: `m-${n}`, copy: n % 3 }),
  escalateToWorkflow: (ledger, entry, n) => ledger.escalateToWorkflow(entry, { execution: `e-${n}`, attemptLimit: n }),
  rescue: (ledger, entry, n) => ledger.rescue(entry, `rescue-${n}`),
  settle: (ledger, entry, n) =>
    ledger.settle(entry, {
      outcome: OUTCOMES[n % OUTCOMES.length] ?? 'ignored',
      reason: 'exhausted',
      outbox: n % 2 === 0 ? OUTBOX : undefined,
    }),
  settleAsDead: (ledger, entry) => ledger.settle(entry, { outcome: 'dead-lettered', reason: 'exhausted' }),
  clearOutbox: (ledger, entry) => ledger.clearOutbox(failureKey(entry), OUTBOX.eventId),
  postpone: (ledger, entry) => ledger.postpone(entry),
  beginUndo: (ledger, entry) => ledger.beginUndo(entry, sampleUndo({ cycle: entry.cycle })),
  recordUndoStep: (ledger, entry, n) =>
    isUndoing(entry)
      ? ledger.recordUndoStep(entry, 0, {
          name: 'reserve',
          dependency: 'stock',
          state: n % 2 === 0 ? 'calling' : 'done',
          attempts: n,
        })
      : undefined,
  announceBackupCall: (ledger, entry) =>
    ledger.announceBackupCall(entry, { dependency: 'backup', token: 'mine', until: NOW + 9_000 }),
  withdrawBackupCall: (ledger, entry) => ledger.withdrawBackupCall(entry),
  recordBackupFailure: (ledger, { verdict, ...entry }, n) =>
    ledger.recordBackupFailure(
      { ...entry, verdict },
      { dependency: 'backup', verdict: { ...verdict, effect: n % 2 === 0 ? 'none' : 'unknown' }, statusCode: 503 },
    ),
  delayAttempt: (ledger, entry, n) => ledger.delayAttempt(entry, ledger.now + n),
  storeTaskToken: (ledger, { question, ...entry }, n) =>
    question && ledger.storeTaskToken({ ...entry, question }, `task-${n}`),
  recordAnswer: (ledger, { question, ...entry }) =>
    question && ledger.recordAnswer({ ...entry, question }, { choice: 'ours', ...WHO, at: iso(ledger.now) }),
  reopen: (ledger, entry, n) =>
    ledger.reopen(entry, {
      verdict: entry.verdict,
      attemptLimit: 3,
      deadline: ledger.now + DAY_MS,
      fallbackAt: n % 2 === 0 ? ledger.now + n : undefined,
      deadLetterQueueUrl: 'url',
    }),
  editOperation: (ledger, { failure, ...entry }, n) =>
    failure &&
    ledger.editOperation(
      { ...entry, failure },
      {
        failure: { ...failure, fallback: 'x'.repeat(10 * n) },
        number: (entry.edited ?? 0) + 1,
        fields: ['/body/a'],
        text: '[]',
      },
      WHO,
    ),
  discard: (ledger, entry) => ledger.discard(entry, WHO),
  park: (ledger, entry) => ledger.park(entry),
  allowCycle: (ledger, entry) => ledger.allowCycle(entry, WHO),
};

/** A ledger on a table, with a clock and tokens of its own. */
function ledgerOn(table: EntryTable, clock: { readonly now: number }, operations?: OperationItemsOptions): Ledger {
  let tokens = 0;
  return new LedgerStore(table, {
    now: () => clock.now,
    reconcileAfterMs: 60_000,
    retentionMs: DAY_MS,
    newToken: () => `version-${++tokens}`,
    operations,
  });
}

/** Moves that others build on come more often, and those that end a cycle come more seldom. */
const FREQUENT = ['beginAttempt', 'recordFailedAttempt', 'announceBackupCall', 'storeTaskToken', 'reopen'];
const names = Object.keys(MOVES).filter((name) => !name.startsWith('settle'));

const step = fc.record({
  move: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...names) },
    { weight: 4, arbitrary: fc.constantFrom(...FREQUENT) },
    { weight: 1, arbitrary: fc.constantFrom('settle', 'settleAsDead') },
  ),
  n: fc.nat(20),
  /** How many reads ago the entry was read. */
  staleness: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
  passesMs: fc.constantFrom(0, 10, 2_000),
});

/** Sizes from which an operation has an item of its own: all, those after some edits, or none. */
const sizes = fc.constantFrom(0, 400, 10_000);

it('does the same on DynamoDB and on a table in memory, whatever happens in whatever order', async () => {
  const written = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), sizes, async (steps, fromBytes) => {
      const clock = { now: NOW };
      const served = { client: tables.client, table: tables.ledger };
      const ledgers = [
        ledgerOn(dynamoDBEntries(served), clock, { table: dynamoDBOperations(served), fromBytes }),
        ledgerOn(memoryEntries(), clock, { table: memoryOperations(), fromBytes }),
      ];
      const both = async (work: (ledger: Ledger) => Promise<unknown> | undefined, what: string) => {
        const [inItems, memory] = await Promise.all(ledgers.map(work));
        expect(memory, what).toEqual(inItems);
        return inItems;
      };
      const fresh = sampleEntry({ id: randomUUID() });
      const read = async (what: string) => (await both((ledger) => ledger.get(failureKey(fresh)), what)) as LedgerEntry;
      await both((ledger) => ledger.claim(fresh), 'claim');
      const reads = [await read('claim')];
      for (const { move, n, staleness, passesMs } of steps) {
        clock.now += passesMs;
        const entry = reads.at(-1 - staleness) ?? fresh;
        await both((ledger) => MOVES[move]?.(ledger, entry, n), move);
        const current = await read(move);
        if (JSON.stringify(current) !== JSON.stringify(reads.at(-1))) written.add(move);
        reads.push(current);
      }
      clock.now += DAY_MS;
      const isDue = async (ledger: Ledger) => {
        const shards = await Promise.all(PENDING_SHARDS.map((shard) => ledger.due(shard, 10_000)));
        return shards.flat().includes(failureKey(fresh));
      };
      await both(isDue, 'due');
    }),
    { numRuns: 80, seed: 8 },
  );
  // Every transition has changed an entry at least once. Only a claim of a known id changes nothing.
  expect([...written].toSorted()).toEqual(
    Object.keys(MOVES)
      .filter((move) => move !== 'claim')
      .toSorted(),
  );
});

it('allows nothing that another writer has ended since, while the answer of the write was lost', async () => {
  const entries = memoryEntries();
  let isEnded = false;
  const table: EntryTable = {
    ...entries,
    async write(key, transition) {
      const written = await entries.write(key, transition);
      return written && isEnded
        ? { ...written, inFlight: undefined, undo: undefined, backupToken: undefined }
        : written;
    },
  };
  const ledger = ledgerOn(table, { now: NOW });
  const moves = {
    beginAttempt: (entry: LedgerEntry) =>
      ledger.beginAttempt(entry, { token: 't', until: NOW + 1_000, repeatable: true, followsNoEffect: false }),
    beginUndo: (entry: LedgerEntry) => ledger.beginUndo(entry, sampleUndo()),
    announceBackupCall: (entry: LedgerEntry) =>
      ledger.announceBackupCall(entry, { token: 't', dependency: 'backup', until: NOW + 1_000 }),
  };
  for (const [name, move] of Object.entries(moves))
    for (const ended of [false, true]) {
      const entry = await ledger.claim(sampleEntry({ id: `${name}-${ended}` }));
      isEnded = ended;
      expect([name, (await move(entry)) === undefined]).toEqual([name, ended]);
    }
});
