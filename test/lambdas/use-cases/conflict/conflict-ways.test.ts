import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openQuestions } from '../../../../lambdas/adapters/conflict/open-questions.ts';
import { logger } from '../../../../lambdas/adapters/telemetry.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { HttpSettings } from '../../../../lambdas/contract/settings.ts';
import { ConflictScene, DECISION_MS } from '../../../support/conflict-scene.ts';
import { tell } from '../../../support/conflict-story.ts';
import { json } from '../../../support/json.ts';
import { findOverdue } from '../../../support/overdue.ts';
import { keyOf, sampleSettings } from '../../../support/samples.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
// Silences the worker's metrics.
beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => void vi.restoreAllMocks());

const BASE = { a: 1, b: 1 };
const THEIRS = { a: 3, b: 1 };
const ASK: Partial<HttpSettings> = { conflict: { strategy: 'ask', sensitive: [] } };
const scene = (change: Partial<HttpSettings> = ASK, kind?: string) => new ConflictScene(tables, change, kind);
const listed = async ({ ledger }: ConflictScene) =>
  (await openQuestions(ledger, { client: tables.client, table: tables.ledger })).map(({ id }) => id);

/** A failure with an open question. The machine waits for the answer. */
async function waiting(change?: Partial<HttpSettings>, kind?: string) {
  const asked = scene(change, kind);
  const message = asked.race(BASE, THEIRS, { body: json({ a: 2, b: 1 }) });
  await asked.deliver(message);
  await expect(asked.attempt()).rejects.toMatchObject({ name: 'DecisionDueError' });
  return { asked, message, token: await asked.wait() };
}

describe('while a question waits', () => {
  it('the same event changes nothing, and starts the same execution at most', async () => {
    const { asked, message, token } = await waiting();
    const before = await asked.entry();
    expect(await asked.deliver(message)).toBe(true);
    expect(await asked.entry()).toEqual(before);
    expect(asked.calls).toHaveLength(1);
    await asked.decide({});
    expect(asked.woken).toEqual([token]);
    expect(await asked.resolve()).toEqual({ outcome: 'resolved' });
  });

  it("it stays in the operators' list when another function continues", async () => {
    const { asked } = await waiting();
    expect(await listed(asked)).toContain(asked.id);
    // An operator stopped the execution. The new one hasn't reached the wait yet.
    expect(await asked.reconcile('ABORTED')).toBe('rescued');
    expect(await listed(asked)).toContain(asked.id);
    // Meanwhile, the reconciler finds it.
    asked.now += 61_000;
    expect(await findOverdue(asked.ledger)).toContain(keyOf(asked.id));
    expect(await asked.reconcile()).toBe('still-running');
    expect(await listed(asked)).toContain(asked.id);
    const token = await asked.wait();
    asked.now += 3_600_000;
    expect(await findOverdue(asked.ledger)).not.toContain(keyOf(asked.id));
    await asked.decide({});
    expect(asked.woken).toEqual([token]);
    expect(await listed(asked)).not.toContain(asked.id);
    await asked.settle((await asked.resolve()).outcome);
    expect(await asked.entry()).toMatchObject({ outcome: 'resolved', rescues: 1 });
  });

  it('and nobody has begun to wait for its answer, the reconciler looks after it', async () => {
    const asked = scene();
    asked.planned = { process: 1, fault: { call: 5, mode: 'crashes after' } };
    const message = asked.race(BASE, THEIRS, { body: json({ a: 2 }) });
    await asked.deliver(message).catch(() => undefined);
    expect(await asked.entry()).toMatchObject({ tier: 'hot', question: { id: '1.1' } });
    expect(await listed(asked)).toContain(asked.id);
    asked.now += 61_000;
    expect(await findOverdue(asked.ledger)).toContain(keyOf(asked.id));
    expect(await asked.reconcile()).toBe('handed-over');
    expect(asked.started).toBe(1);
    expect(await listed(asked)).toContain(asked.id);
  });

  it('an execution that would wait for longer than the question does is woken', async () => {
    const { asked, token } = await waiting();
    asked.now += DECISION_MS + 61_000;
    expect(await findOverdue(asked.ledger)).toContain(keyOf(asked.id));
    expect(await asked.reconcile()).toBe('woken');
    expect(asked.woken).toEqual([token]);
    await expect(asked.resolve()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'no-decision' });
  });
});

describe('an answer', () => {
  it('that nobody has told the machine of is told by the reconciler', async () => {
    const { asked, token } = await waiting();
    asked.planned = { process: asked.processes.length + 1, fault: { call: 2, mode: 'crashes after' } };
    await expect(asked.decide({})).rejects.toThrow();
    expect(asked.woken).toEqual([]);
    expect(await listed(asked)).not.toContain(asked.id);
    asked.now += 61_000;
    expect(await findOverdue(asked.ledger)).toContain(keyOf(asked.id));
    expect(await asked.reconcile()).toBe('woken');
    expect(asked.woken).toEqual([token]);
  });

  it('is the first one, where two give one at once', async () => {
    const { asked } = await waiting();
    const given = await Promise.allSettled([asked.decide({ by: 'a' }), asked.decide({ by: 'b', choice: 'theirs' })]);
    expect(given.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await asked.entry()).trail.filter(({ step }) => step === 'decided')).toHaveLength(1);
  });

  it('given before the machine waits is not waited for', async () => {
    const asked = scene();
    await asked.deliver(asked.race(BASE, THEIRS, { body: json({ a: 2 }) }));
    await asked.decide({ choice: 'theirs' });
    expect(asked.woken).toEqual([]);
    await expect(asked.attempt()).rejects.toMatchObject({ name: 'ConflictError' });
    await expect(asked.wait()).rejects.toMatchObject({ name: 'DecidedError' });
    expect(await asked.resolve()).toEqual({ outcome: 'resolved' });
  });

  it('comes too late once the time is over', async () => {
    const { asked } = await waiting();
    asked.now += DECISION_MS;
    await expect(asked.decide({})).rejects.toThrow('too late: the question closed at ');
    await expect(asked.wait()).rejects.toMatchObject({ name: 'DecidedError' });
    await expect(asked.resolve()).rejects.toMatchObject({ name: 'GaveUpError', reason: 'no-decision' });
  });

  it('stays with name and reason after the write, without its body', async () => {
    const { asked } = await waiting();
    await asked.decide({ choice: 'merged', body: '{"a":"of anna"}' });
    expect(await asked.resolve()).toEqual({ outcome: 'resolved' });
    await asked.settle('resolved');
    const { question } = await asked.entry();
    expect(question).toMatchObject({ answer: { choice: 'merged', by: 'ops' } });
    expect(question?.answer).not.toHaveProperty('body');
  });

  it('to keep theirs asks no circuit, and never probes one', async () => {
    const { asked } = await waiting();
    await asked.decide({ choice: 'theirs' });
    await asked.tripCircuit();
    const before = await asked.circuit();
    expect(before.kind).toBe('open');
    asked.now += 60_000;
    expect(await asked.resolve()).toEqual({ outcome: 'resolved' });
    expect(await asked.circuit()).toEqual(before);
  });
});

describe('a redriven dead letter', () => {
  it('without an answer asks again, about the current state', async () => {
    const asked = scene();
    const message = asked.race(BASE, THEIRS, { body: json({ a: 2, b: 1 }) });
    expect(await tell(asked, message)).toMatchObject({ outcome: 'dead-lettered', reason: 'no-decision' });
    asked.documents.put(asked.path, { a: 4, b: 1 });
    await asked.redrive();
    const { question, conflict, outcome } = await asked.entry();
    expect({ question, conflict, outcome }).toMatchObject({
      question: { id: '2.1', version: '"v3"' },
      conflict: { rounds: 0, end: 'asked-for' },
      outcome: undefined,
    });
    expect(question?.answer).toBeUndefined();
  });

  it('sends no version that was refused before it, however the strategy has changed meanwhile', async () => {
    const merge = { strategy: 'merge', arrayKeys: {}, sensitive: [] } as const;
    const stubborn = scene({ conflict: merge }, 'stubborn');
    const operation = { body: json({ a: 1, b: 5 }) };
    // The document rejects every version, so Backstop asks a human, who doesn't answer.
    expect(await tell(stubborn, stubborn.race(BASE, THEIRS, operation))).toMatchObject({ reason: 'no-decision' });
    const sent = stubborn.writes.map(({ ifMatch }) => ifMatch);
    for (const conflict of [sampleSettings().conflict, merge]) {
      Object.assign(stubborn.settings, { conflict });
      expect(await stubborn.redrive()).toBe(true);
      await stubborn.attempt().catch(() => undefined);
      if (conflict.strategy === 'reject') await stubborn.settle('dead-lettered');
    }
    expect(stubborn.writes.map(({ ifMatch }) => ifMatch)).toEqual(sent);
    expect(await stubborn.entry()).toMatchObject({ cycle: 3, question: { id: '3.1', because: 'same-version' } });
  });

  it.each(['POST', 'GET'] as const)(
    'of a conflict of a %s, which has no state to compare with, is simply tried',
    async (method) => {
      const plain = scene();
      const { ifMatch: _, base: __, ...operation } = plain.race(BASE, THEIRS).operation;
      const failure = { ...plain.race(BASE, THEIRS), operation: { ...operation, method } };
      expect(await tell(plain, failure)).toMatchObject({ reason: 'conflict', conflict: { end: 'not-a-write' } });
      expect(plain.calls).toEqual([]);
      await plain.redrive();
      expect(plain.calls.map((call) => call.method)).toContain(method);
    },
  );
});

describe('a conflict', () => {
  const merged = () => scene({});
  const operation: Partial<HttpOperation> = { body: json({ a: 2, b: 1 }) };
  const other = { a: 1, b: 2 };

  it('waits for an open circuit in the hot tier, and costs no round', async () => {
    const warned = vi.spyOn(logger, 'warn').mockReturnValue();
    const held = merged();
    const message = held.race(BASE, other, operation);
    await held.tripCircuit();
    expect(await held.deliver(message)).toBe(true);
    expect([held.sentBack, held.calls]).toEqual([1, []]);
    const { notBefore = '', ...entry } = await held.entry();
    expect(entry).toMatchObject({ tier: 'hot', held: 'circuit', attempts: 0, conflict: { rounds: 0 } });
    held.now = Date.parse(notBefore);
    await held.deliver(message);
    expect(await held.entry()).toMatchObject({ outcome: 'resolved', tier: 'hot' });
    // The log has the first arrival only, not the returns from the lane.
    expect(warned.mock.calls.filter(([text]) => text === 'conflict met')).toHaveLength(1);
  });

  it('waits for an open circuit in the warm tier, and costs no round', async () => {
    const held = scene({ retry: { ...sampleSettings().retry, hotAttempts: 0 } });
    await held.deliver(held.race(BASE, other, operation));
    expect(await held.entry()).toMatchObject({ tier: 'warm', attempts: 0 });
    await held.tripCircuit();
    await expect(held.attempt()).rejects.toMatchObject({ name: 'ConflictError' });
    await expect(held.resolve()).rejects.toMatchObject({ name: 'CircuitOpenError' });
    expect(held.calls).toEqual([]);
    held.now = Date.parse((await held.standing()).waitUntil);
    expect(await held.resolve()).toEqual({ outcome: 'resolved' });
  });

  it('of which a round probes the circuit costs a round, and no attempt', async () => {
    const probing = merged();
    const message = probing.race(BASE, other, operation);
    probing.atCall = ({ method }, forward) => {
      if (method !== 'GET') probing.documents.put(probing.path, { a: 1, b: probing.calls.length });
      return forward();
    };
    await probing.tripCircuit();
    await probing.deliver(message);
    probing.now = Date.parse((await probing.entry()).notBefore ?? '');
    await probing.deliver(message);
    expect(await probing.entry()).toMatchObject({ attempts: 0, conflict: { rounds: 3, end: 'contended' } });
    expect((await probing.circuit()).kind).not.toBe('open');
  });

  it('of a patch with a lost answer takes effect once, with any support of keys', async () => {
    for (const idempotencyKeys of [false, true]) {
      const lossy = scene({
        idempotencyKeys,
        conflict: { strategy: 'last-writer-wins', timestamp: '/at', sensitive: [] },
      });
      const patch = [
        { op: 'add', path: '/list/-', value: 'x' },
        { op: 'replace', path: '/at', value: 9 },
      ];
      const headers = { 'content-type': 'application/json-patch+json' };
      const change = { method: 'PATCH', headers, body: json(patch) } as const;
      const message = lossy.race({ list: [], at: 1 }, { list: ['y'], at: 2 }, change);
      lossy.atCall = ({ method }, forward) => {
        const result = forward();
        return method === 'GET' ? result : { kind: 'failed', error: { name: 'TimeoutError' } };
      };
      expect(await tell(lossy, message)).toMatchObject({ outcome: 'dead-lettered', reason: 'unknown-result' });
      expect(lossy.documents.get(lossy.path)).toEqual({ list: ['y', 'x'], at: 9 });
    }
  });

  it('of a first call is resolved without sending that call again', async () => {
    const met = merged();
    const { error: _, ...failure } = met.race(BASE, other, operation);
    await met.deliver({ ...failure, error: { statusCode: 503 } });
    expect(met.writes.map(({ ifMatch, status }) => [ifMatch, status])).toEqual([
      ['"v1"', 412],
      ['"v2"', 200],
    ]);
    expect(await met.entry()).toMatchObject({ outcome: 'resolved', attempts: 2, conflict: { refused: ['"v1"'] } });
  });

  it('is given up without a write if its dependency never allows a read', async () => {
    const unread = merged();
    unread.atCall = () => ({ kind: 'failed', error: { statusCode: 503 } });
    expect(await tell(unread, unread.race(BASE, other, operation))).toMatchObject({ reason: 'exhausted' });
    expect(unread.calls.every(({ method }) => method === 'GET')).toBe(true);
    expect(unread.calls).toHaveLength(6);
    // Without comparison, Backstop still doesn't send the write unchanged.
    Object.assign(unread.settings, { conflict: sampleSettings().conflict });
    await unread.redrive();
    expect(await unread.entry()).toMatchObject({ cycle: 2, conflict: { end: 'rejected' } });
    expect(unread.calls).toHaveLength(6);
  });
});
