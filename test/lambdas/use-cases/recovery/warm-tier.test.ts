import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { telemetry } from '../../../../lambdas/adapters/telemetry.ts';
import { NotYetError } from '../../../../lambdas/contract/errors.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { VerdictKind } from '../../../../lambdas/contract/verdict.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { effectKey } from '../../../../lambdas/domain/ledger/effect-key.ts';
import type { Ledger } from '../../../../lambdas/use-cases/ledger/ledger.ts';
import type { AttemptPorts } from '../../../../lambdas/use-cases/recovery/attempt-operation.ts';
import { attemptDurably, failureStatus, statusOf } from '../../../../lambdas/use-cases/recovery/warm-tier.ts';
import { sampleCircuits } from '../../../support/circuits.ts';
import { NO_CONFLICTS } from '../../../support/conflicts.ts';
import { sampleEffects } from '../../../support/memory-effects.ts';
import { keyOf, NOW, sampleEntry, sampleSettings, sampleUndo } from '../../../support/samples.ts';

const RUNBOOK = { runbookUrl: 'https://wiki.example.com/backstop', random: () => 0, isRegistered: () => true };
const REF = { key: keyOf('order-1'), cycle: 1 };
const verdict = (kind: VerdictKind) => ({ ...sampleEntry().verdict, kind });
const warm = (change: Partial<LedgerEntry> = {}) =>
  sampleEntry({ tier: 'warm', attempts: 3, attemptLimit: 6, ...change });

/** Tools with a ledger of one entry that accepts every change. */
function ports(entry: LedgerEntry, result?: CallResult) {
  let current = entry;
  const calls: string[] = [];
  const change = (fields: object) => {
    current = { ...current, ...fields };
    return current;
  };
  const ledger = {
    now: NOW,
    get: async () => current,
    beginAttempt: async () =>
      change({ attempts: current.attempts + 1, inFlight: { token: 't', until: new Date(NOW + 60_000).toISOString() } }),
    recordFailedAttempt: async (_: LedgerEntry, lesson: { notBefore?: number }) =>
      change({
        ...lesson,
        inFlight: undefined,
        notBefore: lesson.notBefore && new Date(lesson.notBefore).toISOString(),
      }),
  } as unknown as Ledger;
  const all: AttemptPorts = {
    ledger,
    effects: sampleEffects(),
    circuits: sampleCircuits(() => NOW).circuits,
    conflicts: NO_CONFLICTS,
    call: async ({ path }) => {
      calls.push(path);
      if (!result) throw new Error('no call was expected');
      return result;
    },
    log: () => undefined,
    telemetry,
    newToken: () => 'token',
  };
  return { all, calls };
}

const failed = (statusCode: number, headers?: Record<string, string>): CallResult => ({
  kind: 'failed',
  error: { statusCode, headers },
});

describe('a durable attempt', () => {
  it.each<[string, Partial<LedgerEntry>, string]>([
    ['permanent', { verdict: verdict('permanent') }, 'GaveUpError'],
    ['in conflict', { verdict: verdict('conflict') }, 'GaveUpError'],
    ['of unknown result', { uncertain: 'reported' }, 'GaveUpError'],
    ['out of attempts', { attempts: 6 }, 'GaveUpError'],
    ['being undone', { undo: sampleUndo() }, 'GaveUpError'],
    ['past its deadline', { deadline: new Date(NOW).toISOString() }, 'GaveUpError'],
    [
      'that is under way elsewhere',
      { inFlight: { token: 't', until: new Date(NOW + 1).toISOString() } },
      'NotYetError',
    ],
    ['told to wait', { notBefore: new Date(NOW + 1).toISOString() }, 'NotYetError'],
  ])('makes no call for a failure %s', async (_, change, name) => {
    const { all, calls } = ports(warm(change));
    await expect(attemptDurably(REF, () => sampleSettings(), all)).rejects.toMatchObject({ name });
    expect(calls).toEqual([]);
  });

  it('leaves to no fallback what is being undone', async () => {
    const { all, calls } = ports(warm({ undo: sampleUndo({ reason: 'exhausted' }) }));
    const settings = sampleSettings({ fallback: { kind: 'skip' } });
    await expect(attemptDurably(REF, () => settings, all)).rejects.toMatchObject({ name: 'GaveUpError' });
    expect(calls).toEqual([]);
  });

  it.each<[string, Partial<LedgerEntry>]>([
    ['that has its outcome', { state: 'settled', outcome: 'recovered' }],
    ['that is in a later cycle', { cycle: 2, outcome: 'recovered' }],
  ])('makes no call for a failure %s', async (_, change) => {
    const { all, calls } = ports(warm(change));
    await expect(attemptDurably(REF, () => sampleSettings(), all)).resolves.toEqual({ outcome: 'recovered' });
    expect(calls).toEqual([]);
  });

  it.each<[string, CallResult, string]>([
    ['the machine retry what may pass', failed(503), 'TransientError'],
    ['the machine wait for a named time', failed(429, { 'retry-after': '30' }), 'NotYetError'],
    ['the machine give up what stays', failed(400), 'GaveUpError'],
    ['the machine give up a conflict', failed(409), 'GaveUpError'],
  ])('lets %s', async (_, result, name) => {
    const { all, calls } = ports(warm(), result);
    await expect(attemptDurably(REF, () => sampleSettings(), all)).rejects.toMatchObject({ name });
    expect(calls).toHaveLength(1);
  });

  it('gives up with the last attempt, without another turn of the machine', async () => {
    const { all } = ports(warm({ attempts: 5 }), failed(503));
    const attempt = attemptDurably(REF, () => sampleSettings(), all);
    await expect(attempt).rejects.toMatchObject({ name: 'GaveUpError', reason: 'exhausted' });
  });

  it('recovers when the call succeeds', async () => {
    const { all } = ports(warm(), { kind: 'ok', statusCode: 204 });
    await expect(attemptDurably(REF, () => sampleSettings(), all)).resolves.toEqual({ outcome: 'recovered' });
  });
});

describe('a failure whose dependency the config no longer has', () => {
  const attemptWithout = (all: AttemptPorts) => attemptDurably(REF, () => undefined, all);

  it('ends with the success of a call that the ledger does not know', async () => {
    const { all, calls } = ports(warm());
    await all.effects.complete(effectKey(warm()), 'token', { statusCode: 200 });
    expect(await attemptWithout(all)).toEqual({ outcome: 'recovered' });
    expect(calls).toEqual([]);
  });

  it('waits for a call that an earlier version may still be making', async () => {
    const until = NOW + 60_000;
    const { all } = ports(warm({ inFlight: { token: 't', until: new Date(until).toISOString() } }));
    await expect(attemptWithout(all)).rejects.toEqual(new NotYetError(until));
  });

  it('is given up, without a call', async () => {
    const { all, calls } = ports(warm());
    await expect(attemptWithout(all)).rejects.toMatchObject({ name: 'GaveUpError', reason: 'unregistered' });
    expect(calls).toEqual([]);
  });
});

describe('where a failure stands', () => {
  it('waits until the named time, and spreads who waits for the same time', async () => {
    const { all } = ports(warm({ notBefore: new Date(NOW + 60_000).toISOString() }));
    const earliest = await failureStatus(REF, all.ledger, { ...RUNBOOK, random: () => 0 });
    const latest = await failureStatus(REF, all.ledger, { ...RUNBOOK, random: () => 1 });
    expect(Date.parse(earliest.waitUntil) - NOW).toBe(60_000);
    expect(Date.parse(latest.waitUntil) - NOW).toBe(66_000);
  });

  it('checks so seldom that an execution never fills its history, however soon it is told to check again', () => {
    // Attempt and question: each entered, scheduled, started, ended, left. Then the wait: entered, left.
    const [eventsPerCheck, roundTripMs, longest] = [12, 50, 23 * 3_600_000];
    const waits = fc.array(fc.constantFrom(-1, 0, 1, 500, 20_000), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(waits, fc.constantFrom(0, 0.5), (sequence, random) => {
        const since = new Date(NOW).toISOString();
        const entry = warm({
          deadline: new Date(NOW + longest).toISOString(),
          trail: [{ step: 'handed-over', at: since, execution: 'order-1', attempts: 1 }],
        });
        let [now, checks] = [NOW, 0];
        while (now < NOW + longest && checks < 5_000) {
          const notBefore = new Date(now + (sequence[checks % sequence.length] ?? 0)).toISOString();
          const { waitUntil } = statusOf({ ...entry, notBefore }, now, { ...RUNBOOK, random: () => random });
          now = Math.max(now, Date.parse(waitUntil)) + roundTripMs;
          checks++;
        }
        expect(checks * eventsPerCheck).toBeLessThan(24_000);
      }),
      { numRuns: 20 },
    );
  });

  it('names the reason, and keeps the operation out of the dead letter', async () => {
    const { all } = ports(warm({ attempts: 6 }));
    const { letter } = await failureStatus(REF, all.ledger, RUNBOOK);
    expect(letter).toMatchObject({ id: 'order-1', cycle: 1, reason: 'exhausted', attempts: 6, compensation: 'none' });
    expect(JSON.stringify(letter)).not.toContain('/orders/1');
  });

  it('says so when Backstop itself failed', async () => {
    const { all } = ports(warm());
    expect((await failureStatus(REF, all.ledger, RUNBOOK)).letter.reason).toBe('handler-failed');
  });

  it('says so when the config no longer has the dependency, unless it was given up before', async () => {
    const without = { ...RUNBOOK, isRegistered: () => false };
    const [lost, spent] = [ports(warm()).all, ports(warm({ attempts: 6 })).all];
    expect((await failureStatus(REF, lost.ledger, without)).letter.reason).toBe('unregistered');
    expect((await failureStatus(REF, spent.ledger, without)).letter.reason).toBe('exhausted');
  });
});
