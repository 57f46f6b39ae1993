import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryCircuitStore } from '../../../../lambdas/adapters/circuit/memory-circuit-store.ts';
import type { Failure } from '../../../../lambdas/contract/failure.ts';
import { failureKey } from '../../../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../../../lambdas/contract/ledger-entry.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import { type HotTierPorts, recoverInProcess } from '../../../../lambdas/use-cases/recovery/hot-tier.ts';
import { ingest } from '../../../../lambdas/use-cases/recovery/ingest.ts';
import { NO_CONFLICTS } from '../../../support/conflicts.ts';
import { type Fault, type FaultMode, faultyProcess } from '../../../support/faulty-client.ts';
import { NOW, sampleFailure, sampleSettings } from '../../../support/samples.ts';
import { RETENTION_MS, scenePorts } from '../../../support/scene-ports.ts';
import { startTables, type Tables } from '../../../support/tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(async () => tables.stop());

const MODES: readonly FaultMode[] = ['fails before', 'fails after', 'crashes before', 'crashes after'];

interface World {
  readonly failure: Failure;
  readonly effects: () => number;
  readonly started: () => number;
  /** Delivers the message once, with a fault. @returns whether the worker accepted it, and the calls */
  readonly deliver: (fault?: Fault) => Promise<{ taken: boolean; calls: string[] }>;
  readonly entry: () => Promise<LedgerEntry | undefined>;
}

/** State that the parts of a scene share. */
interface State {
  now: number;
  calls: number;
  effects: number;
  started: number;
}

/** A failure in the hot tier. The dependency gives these answers; the last one repeats. */
function world(operation: Failure['operation'], answers: readonly CallResult[]): World {
  const state: State = { now: NOW, calls: 0, effects: 0, started: 0 };
  const error = { statusCode: 429, headers: { 'retry-after': '0' } };
  const failure = sampleFailure({ id: randomUUID(), operation, error });
  return {
    failure,
    effects: () => state.effects,
    started: () => state.started,
    entry: () => storesOf(state).ledger.get(failureKey(failure)),
    async deliver(fault) {
      const process = faultyProcess(tables.client, fault);
      try {
        const ports = portsOf(state, process.crashed, (call) => answers[Math.min(call, answers.length - 1)]);
        await workOn(failure, ports, process.crashed);
        return { taken: !process.crashed(), calls: process.calls };
      } catch {
        return { taken: false, calls: process.calls };
      } finally {
        process.end();
        state.now += 600_000;
      }
    },
  };
}

async function workOn(failure: Failure, ports: HotTierPorts, crashed: () => boolean): Promise<void> {
  const settings = sampleSettings();
  const options = { settings, deadLetterQueueUrl: 'url', deadlineMs: 3_600_000, retentionMs: RETENTION_MS };
  const taken = await ingest(writeFailure(failure), ports.ledger, options);
  if (taken.kind === 'rejected') throw new Error(taken.reason.message);
  if (!crashed()) await recoverInProcess(taken.entry, settings, ports);
}

function portsOf(
  state: State,
  crashed: () => boolean,
  answerTo: (call: number) => CallResult | undefined,
): HotTierPorts {
  return {
    ...storesOf(state),
    conflicts: NO_CONFLICTS,
    async call({ method }) {
      if (crashed()) throw new Error('the process is dead');
      const answer = answerTo(state.calls++);
      if (!answer) throw new Error('no answer is scripted');
      // A repeated PUT has no further effect.
      if (answer.kind === 'ok') state.effects = method === 'PUT' ? 1 : state.effects + 1;
      return answer;
    },
    startRecovery: async () => void state.started++,
  };
}

/** The stores of a new process, which knows nothing about the circuit. */
function storesOf(state: State) {
  return scenePorts(tables, { clock: state, circuits: new MemoryCircuitStore(), reconcileAfterMs: 1_000 });
}

const HEALED: CallResult = { kind: 'ok', statusCode: 200 };
const REFUSED: CallResult = { kind: 'failed', error: { statusCode: 429, headers: { 'retry-after': '0' } } };
const POST: Failure['operation'] = { method: 'POST', path: '/charges' };
const PUT: Failure['operation'] = { method: 'PUT', path: '/orders/1' };

describe.each<[string, Failure['operation'], readonly CallResult[]]>([
  ['a POST that heals at the first attempt', POST, [HEALED]],
  ['a PUT that heals at the second attempt', PUT, [REFUSED, HEALED]],
  ['a POST that never heals', POST, [REFUSED]],
])('%s, with every call to AWS failing in turn', (_, operation, answers) => {
  const heals = answers.includes(HEALED);

  it('ends once, with at most one effect, whichever call fails and however', async () => {
    const baseline = await world(operation, answers).deliver();
    expect(baseline.taken).toBe(true);
    for (let call = 1; call <= baseline.calls.length; call++) {
      for (const mode of MODES) {
        const scene = world(operation, answers);
        let { taken } = await scene.deliver({ call, mode });
        for (let delivery = 2; !taken && delivery <= 5; delivery++) ({ taken } = await scene.deliver());
        const entry = await scene.entry();
        const where = `${baseline.calls[call - 1]} (call ${call}) ${mode}`;
        expect(taken, where).toBe(true);
        expect(scene.effects(), where).toBeLessThanOrEqual(1);
        if (entry?.state === 'settled') {
          expect([entry.outcome, scene.effects()], where).toEqual(['recovered', 1]);
        } else {
          // The warm tier takes over: nothing may repeat an interrupted call, and a POST without success needs more
          // attempts.
          expect([entry?.tier, scene.started() > 0], where).toEqual(['warm', true]);
          expect(heals ? entry?.uncertain : undefined, where).toBe(heals ? 'attempt' : undefined);
        }
      }
    }
  });

  it('does nothing on a second delivery', async () => {
    const scene = world(operation, answers);
    await scene.deliver();
    const first = await scene.entry();
    await scene.deliver();
    expect(scene.effects()).toBe(heals ? 1 : 0);
    expect(await scene.entry()).toEqual(first);
  });
});

it('recovers a POST whose success is in the effects table, though the ledger never heard of it', async () => {
  const { calls } = await world(POST, [HEALED]).deliver();
  const scene = world(POST, [HEALED]);
  await scene.deliver({ call: calls.length, mode: 'crashes before' });
  expect((await scene.entry())?.state).toBe('open');
  await scene.deliver();
  expect(await scene.entry()).toMatchObject({ state: 'settled', outcome: 'recovered' });
  expect(scene.effects()).toBe(1);
});
