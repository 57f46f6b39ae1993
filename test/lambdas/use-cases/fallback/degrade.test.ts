import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { FallbackSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { backupKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import { EXHAUSTED, FallbackScene } from '../../../support/fallback-scene.ts';
import { json } from '../../../support/json.ts';
import { sampleEffects } from '../../../support/memory-effects.ts';
import { NOW, sampleFailure, sampleUndo } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const scene = (fallback?: FallbackSettings) => new FallbackScene(tables, fallback);
const SKIP: FallbackSettings = { kind: 'skip' };
const LAST_GOOD: FallbackSettings = { kind: 'last-good', maxAgeMs: 60_000 };
const BACKUP: FallbackSettings = { kind: 'backup', dependency: 'backup' };
const POST: Partial<HttpOperation> = { method: 'POST', path: '/charges', body: json({ card: 'MARKER' }) };
const EARLY: Partial<LedgerEntry> = { ...EXHAUSTED, attempts: 4 };
const failed = (statusCode: number) => async (): Promise<CallResult> => ({ kind: 'failed', error: { statusCode } });

describe('a fallback that answers', () => {
  it('ends the failure as degraded, with the answer and the event in one write', async () => {
    const at = scene({ kind: 'static', answer: { open: 'MARKER' } });
    await at.given({ path: '/hours' });
    expect(await at.degrade()).toMatchObject({ outcome: 'degraded' });
    const entry = await at.entry();
    expect(entry).toMatchObject({
      state: 'settled',
      outcome: 'degraded',
      reason: 'exhausted',
      answer: {
        fallback: 'static',
        statusCode: 200,
        headers: { 'retry-after': '30', 'content-type': 'application/json' },
        body: '{"open":"MARKER"}',
      },
      outbox: { detailType: 'Operation Degraded' },
    });
    expect(JSON.parse(entry.outbox?.detail ?? '')).toMatchObject({
      outcome: 'degraded',
      fallback: 'static',
      statusCode: 200,
      retryAfter: 30,
    });
    expect(JSON.stringify([entry.outbox, entry.trail, at.logged])).not.toContain('MARKER');
    expect(entry.trail.at(-1)).toMatchObject({ step: 'settled', outcome: 'degraded', fallback: 'static' });
  });

  it('tells the age of an old answer', async () => {
    const at = scene(LAST_GOOD);
    const operation = { method: 'GET', path: `/orders/${at.id}` } as const;
    const body = { contentType: 'text/plain', text: 'open' };
    await at.succeeded(operation, { kind: 'ok', statusCode: 200, body });
    at.now += 9_500;
    await at.given(operation);
    await at.degrade();
    const { answer, outbox } = await at.entry();
    expect(answer).toMatchObject({ headers: { age: '10' }, ageMs: 9_500, body: 'open' });
    expect(JSON.parse(outbox?.detail ?? '')).toMatchObject({ fallback: 'last-good', ageMs: 9_500 });
  });

  it('says when the circuit may be asked again', async () => {
    const at = scene(SKIP);
    await at.tripCircuit('payments');
    await at.given({});
    await at.degrade();
    const { answer } = await at.entry();
    expect(Number(answer?.headers['retry-after'])).toBeGreaterThanOrEqual(8);
    expect((await at.circuitOf('payments')).circuit.kind).toBe('open');
  });

  it('passes on when the dependency itself wants to be asked again', async () => {
    const at = scene(SKIP);
    await at.given({}, { notBefore: new Date(NOW + 90_000).toISOString(), attempts: 4 });
    await at.degrade();
    expect((await at.entry()).answer?.headers['retry-after']).toBe('90');
  });

  it.each<[string, Partial<LedgerEntry>, string | undefined]>([
    ['its attempts are exhausted', {}, 'exhausted'],
    ['its deadline has passed', { attempts: 4, deadline: new Date(NOW).toISOString() }, 'deadline'],
    ['it has waited for long enough', { attempts: 4 }, undefined],
  ])('says why the dependency could not: %s', async (_, change, reason) => {
    const at = scene(SKIP);
    await at.given({}, change);
    await at.degrade();
    expect((await at.entry()).reason).toBe(reason);
  });

  it('answers once', async () => {
    const at = scene(SKIP);
    await at.given({});
    await at.degrade();
    const { settledAt } = await at.entry();
    at.now += 1_000;
    expect(await at.degrade()).toEqual({ outcome: 'degraded' });
    expect((await at.entry()).settledAt).toBe(settledAt);
  });

  it('leaves a failure alone that has ended otherwise', async () => {
    const at = scene(SKIP);
    const entry = await at.given({});
    await at.ledger.settle(entry, { outcome: 'recovered' });
    expect(await at.degrade()).toEqual({ outcome: 'recovered' });
    expect((await at.entry()).answer).toBeUndefined();
  });
});

describe('a fallback of what is being undone', () => {
  it('answers no more', async () => {
    const at = scene(SKIP);
    await at.given({}, { undo: sampleUndo({ reason: 'deadline' }) });
    await expect(at.degrade()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'deadline' });
    expect(await at.entry()).toMatchObject({ state: 'open' });
  });

  it('comes too late where the undo begins while it looks for an answer', async () => {
    const at = scene(LAST_GOOD);
    await at.given({});
    const answers = {
      keep: async () => undefined,
      find: async () => {
        await at.ledger.beginUndo(await at.entry(), sampleUndo());
        const answer = { dependency: 'payments', statusCode: 200, contentType: 'text/plain', body: 'MARKER' };
        return { ...answer, at: new Date(at.now).toISOString() };
      },
    };
    await expect(at.degrade({ answers })).rejects.toMatchObject({ name: 'BusyError' });
    expect(await at.entry()).toMatchObject({ state: 'open' });
  });
});

describe('a fallback without an answer', () => {
  it.each<[string, FallbackSettings | undefined, Partial<HttpOperation>, Partial<LedgerEntry>, string]>([
    ['the config names none', undefined, {}, {}, 'no-fallback'],
    ['the caller wants none', SKIP, {}, { failure: sampleFailure({ fallback: 'none' }) }, 'opted-out'],
    ['nothing was kept', LAST_GOOD, { path: '/never' }, {}, 'nothing-kept'],
    ['the backup is not registered', { kind: 'backup', dependency: 'lost' }, {}, {}, 'backup-unregistered'],
    ['a change may have been made', BACKUP, POST, { possibleEffect: true }, 'may-have-taken-effect'],
  ])('gives the failure up for the reason that stands where %s', async (_, fallback, operation, change, because) => {
    const at = scene(fallback);
    await at.given(operation, change);
    await expect(at.degrade()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'exhausted' });
    expect(at.logged).toMatchObject([{ because }]);
    expect(await at.entry()).toMatchObject({ state: 'open' });
    expect(at.calls).toEqual([]);
  });

  it('continues after a while if it was due before the failure is given up', async () => {
    const at = scene(LAST_GOOD);
    await at.given({ path: '/never' }, EARLY);
    await expect(at.degrade()).rejects.toMatchObject({ name: 'NotYetError', until: NOW + 10_000 });
    expect(await at.entry()).toMatchObject({ state: 'open', notBefore: new Date(NOW + 10_000).toISOString() });
  });

  it.each<[string, number, number]>([
    ['grows with the age of the failure', 600_000, 150_000],
    ['has an upper limit', 5 * 3_600_000, 360_000],
    ['ends before the deadline', 6 * 3_600_000 - 30_000, 20_000],
    ['ends in the very last second before the deadline', 6 * 3_600_000 - 5_000, 4_000],
  ])('continues after a wait that %s', async (_, age, wait) => {
    const at = scene(LAST_GOOD);
    await at.given({ path: '/never' }, EARLY);
    at.now += age;
    await expect(at.degrade()).rejects.toMatchObject({ name: 'NotYetError', until: at.now + wait });
  });

  it.each<[string, Partial<LedgerEntry>, string]>([
    [
      'permanent',
      { verdict: { kind: 'permanent', category: 'data-integrity', effect: 'none', rule: 'r' } },
      'permanent',
    ],
    ['of unknown result', { uncertain: 'reported' }, 'unknown-result'],
  ])("doesn't answer for a failure that is %s", async (_, change, reason) => {
    const at = scene(SKIP);
    await at.given({}, change);
    await expect(at.degrade()).rejects.toMatchObject({ name: 'GaveUpError', reason });
  });

  it('leaves it to an attempt to find out about a call that was cut off', async () => {
    const at = scene(SKIP);
    const until = new Date(NOW + 1_000).toISOString();
    await at.given({}, { inFlight: { token: 't', until } });
    await expect(at.degrade()).rejects.toMatchObject({ name: 'NotYetError', until: NOW + 1_000 });
  });
});

describe('a backup', () => {
  it.each<[string, Partial<HttpOperation>]>([
    ['a read', { method: 'GET', path: '/orders/1' }],
    ['a change', POST],
  ])('gets %s as it is, and its success is a degraded outcome', async (_, operation) => {
    const at = scene(BACKUP);
    await at.given(operation);
    expect(await at.degrade()).toMatchObject({ outcome: 'degraded' });
    expect(at.calls).toEqual([operation]);
    expect((await at.entry()).answer).toMatchObject({
      fallback: 'backup',
      dependency: 'backup',
      statusCode: 201,
      body: '{"id":7}',
    });
    expect((await at.circuitOf('backup')).buckets).toMatchObject([{ successes: 1, failures: 0 }]);
  });

  it('gets a read also where an earlier call may have had an effect', async () => {
    const at = scene(BACKUP);
    await at.given({ method: 'GET' }, { possibleEffect: true });
    expect(await at.degrade()).toMatchObject({ outcome: 'degraded' });
  });

  it.each([{}, POST])('is not called while its circuit is open: %o', async (operation) => {
    const at = scene(BACKUP);
    await at.tripCircuit('backup');
    await at.given(operation);
    await expect(at.degrade()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'exhausted' });
    expect([at.calls, at.logged]).toMatchObject([[], [{ because: 'backup-circuit-open' }]]);
    expect((await at.entry()).uncertain).toBeUndefined();
  });

  it('that has refused a change is as if never asked, and may be asked again', async () => {
    const at = scene(BACKUP);
    at.atBackup = failed(429);
    await at.given(POST, EARLY);
    await expect(at.degrade()).rejects.toMatchObject({ name: 'NotYetError' });
    const entry = await at.entry();
    expect([entry.uncertain, entry.backupCalled]).toEqual([undefined, undefined]);
    expect(entry.trail.map(({ step }) => step)).toEqual(['received', 'backup-called', 'backup-failed']);
    expect((await at.circuitOf('backup')).buckets).toMatchObject([{ failures: 1 }]);
    at.atBackup = async () => ({ kind: 'ok', statusCode: 200 });
    at.now += 60_000;
    expect(await at.degrade()).toMatchObject({ outcome: 'degraded' });
  });

  it('that may have made a change leaves nothing that anybody may try', async () => {
    const at = scene(BACKUP);
    at.atBackup = failed(500);
    await at.given(POST, EARLY);
    for (let run = 0; run < 2; run++) {
      await expect(at.degrade()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'unknown-result' });
    }
    expect(at.calls).toHaveLength(1);
    expect(await at.entry()).toMatchObject({ uncertain: 'attempt', backupCalled: 'backup' });
  });

  it('that failed at a read leaves everything as it was', async () => {
    const at = scene(BACKUP);
    at.atBackup = failed(500);
    const before = await at.given({ method: 'GET' });
    await expect(at.degrade()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'exhausted' });
    expect(await at.entry()).toEqual(before);
  });

  it('of which the call could not be made is as if never asked', async () => {
    const at = scene(BACKUP);
    at.atBackup = () => Promise.reject(Object.assign(new Error('MARKER'), { name: 'CredentialError' }));
    await at.given(POST);
    await expect(at.degrade()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'exhausted' });
    expect((await at.entry()).uncertain).toBeUndefined();
    expect(JSON.stringify(at.logged)).not.toContain('MARKER');
  });

  it('is left alone where somebody else is at it', async () => {
    const at = scene(BACKUP);
    await at.given(POST);
    const effects = sampleEffects();
    await effects.begin(backupKey(await at.entry(), 'backup'), { token: 'other', until: NOW + 1_000 });
    await expect(at.degrade({ effects })).rejects.toMatchObject({ name: 'BusyError' });
    expect(at.calls).toEqual([]);
  });
});
