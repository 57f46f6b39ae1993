import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DynamoDBLedger } from '../../../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { telemetry } from '../../../../lambdas/adapters/telemetry.ts';
import { BodyClaimError } from '../../../../lambdas/contract/body-claim.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import type { Breaker } from '../../../../lambdas/use-cases/circuit/breaker.ts';
import type { Effects } from '../../../../lambdas/use-cases/ledger/effects.ts';
import { type AttemptPorts, attemptOperation } from '../../../../lambdas/use-cases/recovery/attempt-operation.ts';
import { sampleCircuits } from '../../../support/circuits.ts';
import { NO_CONFLICTS } from '../../../support/conflicts.ts';
import { changedEffects, sampleEffects } from '../../../support/memory-effects.ts';
import { NOW, sampleEntry, sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

/** Runs an attempt at an open failure with the given answer. */
async function scene(call: () => Promise<CallResult>, effects?: Effects, clock = { now: NOW }, told: string[] = []) {
  const { client, ledger: table } = tables;
  const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 60_000, now: () => clock.now });
  const entry = await ledger.claim(sampleEntry({ id: randomUUID() }));
  const logged: unknown[] = [];
  const ports: AttemptPorts = {
    ledger,
    effects: effects ?? sampleEffects(() => clock.now),
    call: async (_, { timeoutMs }, __, depart) => {
      depart(timeoutMs);
      return call();
    },
    circuits: { of: (...about) => telling(sampleCircuits(() => NOW).circuits.of(...about), told) },
    conflicts: NO_CONFLICTS,
    log: (...line) => void logged.push(line),
    telemetry,
    newToken: randomUUID,
  };
  const attempt = () => attemptOperation(entry, sampleSettings(), ports);
  return { attempt, logged, current: () => ledger.get(failureKey(entry)) };
}

/** Notes the reports about the calls that a breaker admits. */
function telling(breaker: Breaker, told: string[]): Breaker {
  for (const what of ['succeeded', 'failed', 'withdraw'] as const)
    vi.spyOn(breaker, what).mockImplementation(async () => void told.push(what));
  return breaker;
}

const ok = async (): Promise<CallResult> => ({ kind: 'ok', statusCode: 200 });
const failing = (error: Error) => changedEffects(sampleEffects(), { begin: () => Promise.reject(error) });
const busy = changedEffects(sampleEffects(), { begin: async () => ({ kind: 'under-way', until: NOW }) });
const named = (name: string) => Object.assign(new Error('of anna@example.com'), { name });

describe('an attempt whose body is not in the bucket', () => {
  it('ends the failure for good, and the circuit learns nothing from it', async () => {
    const told: string[] = [];
    const { attempt } = await scene(() => Promise.reject(new BodyClaimError('missing')), undefined, { now: NOW }, told);
    expect(await attempt()).toMatchObject({
      kind: 'failed',
      entry: { attempts: 1, verdict: { kind: 'permanent', effect: 'none', rule: 'body-claim-broken' } },
    });
    expect(told).toEqual(['withdraw']);
  });
});

describe('an attempt that could not make its call', () => {
  it.each<[string, () => Promise<CallResult>, Effects | undefined, string]>([
    ['somebody else has begun it', ok, busy, 'BusyError'],
    ['the effects table can not be asked', ok, failing(named('ThrottlingException')), 'ThrottlingException'],
    ['there is no credential', () => Promise.reject(named('CredentialError')), undefined, 'CredentialError'],
  ])('does not count where %s', async (_, call, effects, name) => {
    const { attempt, current } = await scene(call, effects);
    await expect(attempt()).rejects.toMatchObject({ name });
    const entry = await current();
    expect(entry).toMatchObject({ attempts: 0, state: 'open' });
    expect(entry?.inFlight).toBeUndefined();
    expect(entry?.trail.map(({ step }) => step)).toEqual(['received']);
  });
});

describe('an attempt whose effects table answers late', () => {
  // Another attempt may begin when the lease ends, so the call must end before.
  const attemptAfter = async (lateMs: number) => {
    const clock = { now: NOW };
    const calls: string[] = [];
    const call = async (): Promise<CallResult> => {
      calls.push('call');
      return { kind: 'ok', statusCode: 200 };
    };
    const stores = sampleEffects(() => clock.now);
    const slow = changedEffects(stores, {
      begin(...args) {
        clock.now += lateMs;
        return stores.begin(...args);
      },
    });
    const { attempt, current } = await scene(call, slow, clock);
    const end = await attempt().catch((error: unknown) => error);
    return { end, calls, entry: await current() };
  };

  it('makes its call where it ends within the lease, and the circuit was asked just now', async () => {
    const { end, calls, entry } = await attemptAfter(2_000);
    expect(end).toMatchObject({ outcome: 'recovered' });
    expect(calls).toHaveLength(1);
    expect(entry).toMatchObject({ attempts: 1 });
  });

  it('leaves the call to others where it could outlast the lease, and does not count', async () => {
    const { end, calls, entry } = await attemptAfter(5_001);
    expect(end).toMatchObject({ name: 'BusyError' });
    expect(calls).toEqual([]);
    expect(entry).toMatchObject({ attempts: 0, state: 'open' });
  });
});

describe('an attempt that made its call', () => {
  it('has healed the failure even where that could not be recorded', async () => {
    const complete = () => Promise.reject(named('ThrottlingException'));
    const forgetful = changedEffects(sampleEffects(), { complete });
    const { attempt, logged } = await scene(ok, forgetful);
    await expect(attempt()).resolves.toMatchObject({ kind: 'healed', entry: { attempts: 1 } });
    expect(logged).toEqual([['recording the effect failed', { cause: 'ThrottlingException' }]]);
  });

  it('tells the ledger how it failed', async () => {
    const { attempt, current } = await scene(async () => ({ kind: 'failed', error: { statusCode: 400 } }));
    await expect(attempt()).resolves.toMatchObject({ kind: 'failed' });
    expect(await current()).toMatchObject({ attempts: 1, verdict: { kind: 'permanent' } });
    expect((await current())?.inFlight).toBeUndefined();
  });
});
