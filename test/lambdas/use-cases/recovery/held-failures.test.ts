import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpSettings } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { RecoveryScene } from '../../../support/recovery-scene.ts';
import { sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const HOUR_MS = 3_600_000;
const ok: CallResult = { kind: 'ok', statusCode: 200 };
const down: CallResult = { kind: 'failed', error: { statusCode: 503 } };

function scene(answer: () => CallResult, change: Partial<HttpSettings> = {}) {
  return new RecoveryScene(tables, async () => answer(), sampleSettings(change));
}

/** A scene whose circuit other calls have opened. */
async function sceneWithOpenCircuit(answer: () => CallResult = () => ok, change: Partial<HttpSettings> = {}) {
  const opened = scene(answer, change);
  await opened.tripCircuit();
  return opened;
}

describe('in the hot tier, a failure whose circuit is open', () => {
  it('goes back to its lane until the circuit may be asked again, and loses no attempt', async () => {
    const held = await sceneWithOpenCircuit();
    expect(await held.report()).toBe(true);
    expect(held.calls).toBe(0);
    const { attempts, tier, held: because, notBefore = '' } = await held.entry();
    expect({ attempts, tier, because }).toEqual({ attempts: 0, tier: 'hot', because: 'circuit' });
    const wait = Date.parse(notBefore) - held.now;
    expect(wait).toBeGreaterThanOrEqual(8_999);
    expect(held.sentBack).toEqual([{ body: held.sentBack[0]?.body, delayMs: wait, copy: 1 }]);
  });

  it('heals with the copy that comes back', async () => {
    const held = await sceneWithOpenCircuit();
    await held.report();
    held.now = Date.parse((await held.entry()).notBefore ?? '');
    expect(await held.deliver(JSON.parse(held.sentBack[0]?.body ?? ''))).toBe(true);
    expect(await held.entry()).toMatchObject({ outcome: 'recovered', attempts: 1, tier: 'hot' });
    expect(held.sentBack).toHaveLength(1);
  });

  it('goes back once more where the copy comes too early', async () => {
    const held = await sceneWithOpenCircuit();
    await held.report();
    held.now += 5_000;
    await held.report();
    expect(held.sentBack).toHaveLength(2);
    expect(await held.entry()).toMatchObject({ tier: 'hot', attempts: 0 });
  });

  it('is noted once in its trail, however often it waits', async () => {
    const held = await sceneWithOpenCircuit(() => down);
    await held.report();
    for (let round = 0; round < 5; round++) {
      held.now = Date.parse((await held.entry()).notBefore ?? '');
      await held.forceCircuitOpen(60_000);
      await held.report();
    }
    expect(held.calls).toBe(0);
    expect(held.sentBack).toHaveLength(6);
    expect((await held.entry()).trail.filter(({ step }) => step === 'held')).toHaveLength(1);
  });

  it('loses no attempt as a probe that fails, for as long as its deadline is away', async () => {
    const circuit = { ...sampleSettings().circuit, probeAgainAfterMs: 900_000 };
    const probing = await sceneWithOpenCircuit(() => down, { circuit });
    await probing.report();
    const { deadline } = await probing.entry();
    let rounds = 0;
    for (; rounds < 100; rounds++) {
      const { tier, notBefore } = await probing.entry();
      if (tier === 'warm' || notBefore === undefined) break;
      probing.now = Date.parse(notBefore);
      await probing.report();
    }
    expect(probing.now).toBeGreaterThan(Date.parse(deadline) - 30 * 60_000);
    expect(probing.calls).toBeGreaterThan(10);
    expect(await probing.entry()).toMatchObject({ attempts: 0, tier: 'warm' });
    await expect(probing.attempt()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'deadline' });
  });

  it('is passed on where its fallback is to answer by now', async () => {
    const fallback = { kind: 'skip', afterMs: 60_000 } as const;
    const held = await sceneWithOpenCircuit(() => ok, { fallback });
    await held.report();
    held.now += 60_000;
    await held.tripCircuit();
    await held.report();
    expect(await held.entry()).toMatchObject({ tier: 'warm', attempts: 0 });
    await expect(held.attempt()).rejects.toMatchObject({ name: 'FallbackDueError' });
  });
});

describe('in the warm tier, a failure whose circuit is open', () => {
  async function warm(answer: () => CallResult = () => ok, change: Partial<HttpSettings> = {}) {
    const handed = scene(answer, change);
    await handed.report({ error: { statusCode: 429, headers: { 'retry-after': '10' } } });
    expect(await handed.entry()).toMatchObject({ tier: 'warm', attempts: 0 });
    handed.now += 10_000;
    return handed;
  }

  it('waits for the circuit, and loses no attempt', async () => {
    const held = await warm();
    await held.tripCircuit();
    await expect(held.attempt()).rejects.toMatchObject({ name: 'CircuitOpenError' });
    expect(held.calls).toBe(0);
    expect(await held.entry()).toMatchObject({ attempts: 0, held: 'circuit' });
    const { waitUntil } = await held.standing();
    expect(Date.parse(waitUntil) - held.now).toBeGreaterThanOrEqual(8_999);
    held.now = Date.parse(waitUntil);
    expect(await held.attempt()).toEqual({ outcome: 'recovered' });
  });

  it('tries a last time before its deadline, and then gives up', async () => {
    const held = await warm(() => down);
    held.now = Date.parse((await held.entry()).deadline) - 20_000;
    await held.tripCircuit();
    await expect(held.attempt()).rejects.toMatchObject({ name: 'CircuitOpenError' });
    const { notBefore = '', deadline } = await held.entry();
    expect(Date.parse(deadline) - Date.parse(notBefore)).toBe(10_000);
    held.now = Date.parse(deadline);
    await expect(held.attempt()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'deadline' });
    expect(held.calls).toBe(0);
  });

  it('looks for an interrupted call in any state of the circuit if no other call is allowed', async () => {
    const cutOff = await warm(() => ok, { idempotencyKeys: false });
    await cutOff.interruptCall();
    cutOff.now = Date.parse((await cutOff.entry()).deadline) + HOUR_MS;
    await cutOff.tripCircuit();
    await expect(cutOff.attempt()).rejects.toMatchObject({ name: 'GaveUpError' });
    expect(cutOff.calls).toBe(0);
  });

  it('waits once for its turn where the retry budget is spent, and is then not asked to pay again', async () => {
    const waiting = await warm(() => ok, { retryBudget: { share: 0, perSecond: 0.1 } });
    await waiting.drawRetry();
    await expect(waiting.attempt()).rejects.toMatchObject({ name: 'NotYetError', until: waiting.now + 10_000 });
    expect(await waiting.entry()).toMatchObject({ attempts: 0, held: 'retry-budget' });
    waiting.now += 10_000;
    expect(await waiting.attempt()).toEqual({ outcome: 'recovered' });
  });

  it('is answered by its fallback once its time is over, but for an event that says none', async () => {
    for (const [fallback, name] of [
      [undefined, 'FallbackDueError'],
      ['none', 'CircuitOpenError'],
    ] as const) {
      const settings = { fallback: { kind: 'skip', afterMs: 60_000 } } as const;
      const held = scene(() => ok, settings);
      await held.report({
        error: { statusCode: 429, headers: { 'retry-after': '10' } },
        fallback,
      });
      held.now += 61_000;
      await held.tripCircuit();
      await expect(held.attempt()).rejects.toMatchObject({ name });
    }
  });
});

describe('a wait', () => {
  it('leaves a very last second for a try where less than ten are left', async () => {
    const held = await sceneWithOpenCircuit();
    await held.report();
    held.now = Date.parse((await held.entry()).deadline) - 9_500;
    await held.forceCircuitOpen(60_000);
    await held.report();
    const { notBefore = '', deadline } = await held.entry();
    expect(Date.parse(deadline) - Date.parse(notBefore)).toBe(1_000);
  });

  it('never keeps a failure from its deadline, in whose last second the circuit opens', async () => {
    const late = await sceneWithOpenCircuit();
    await late.report();
    late.now = Date.parse((await late.entry()).deadline) - 500;
    await late.forceCircuitOpen(86_400_000);
    await late.report();
    const { notBefore = '', deadline } = await late.entry();
    expect(notBefore <= deadline).toBe(true);
  });

  it('for the dependency ends when the fallback is to answer', async () => {
    const fallback = { kind: 'skip', afterMs: 60_000 } as const;
    const waiting = scene(() => ok, { fallback });
    await waiting.report({ error: { statusCode: 429, headers: { 'retry-after': '3600' } } });
    expect(Date.parse((await waiting.standing()).waitUntil) - waiting.now).toBeLessThanOrEqual(66_000);
    waiting.now += 60_000;
    await expect(waiting.attempt()).rejects.toMatchObject({ name: 'FallbackDueError' });
    expect(waiting.calls).toBe(0);
  });

  it('that is cut short does not count as paid: who comes before the turn it paid for waits on', async () => {
    const fallback = { kind: 'skip', afterMs: 20_000 } as const;
    const early = scene(() => ok, { fallback, retryBudget: { share: 0, perSecond: 0.1 } });
    await early.report({ error: { statusCode: 429, headers: { 'retry-after': '10' } } });
    early.now += 10_000;
    for (let others = 0; others < 5; others++) await early.drawRetry();
    await expect(early.attempt()).rejects.toMatchObject({ name: 'NotYetError' });
    const { paidFrom } = await early.entry();
    early.now += 10_000;
    await expect(early.attempt()).rejects.toMatchObject({ name: 'FallbackDueError' });
    expect(early.calls).toBe(0);
    expect(await early.entry()).toMatchObject({ paidFrom });
  });
});

describe('what counts against a dependency', () => {
  it.each([
    ['a 503', { statusCode: 503 }, 'open'],
    ['a timeout', { name: 'TimeoutError' }, 'open'],
    ['throttling', { statusCode: 429 }, 'open'],
    ['a refusal', { statusCode: 400 }, 'closed'],
    ['a conflict', { statusCode: 409 }, 'closed'],
  ])('%s', async (_, error, kind) => {
    const counted = scene(() => ({ kind: 'failed', error }));
    for (let n = 0; n < 6; n++) await counted.deliverAnother();
    expect(await counted.circuitKind()).toBe(kind);
  });
});
