import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DemoDependency, startDependency } from '../../../tools/demo/dependency.ts';
import type { Ending } from '../../../tools/demo/ending.ts';
import { Outage } from '../../../tools/demo/outage.ts';
import { Report } from '../../../tools/demo/report.ts';

let dependency: DemoDependency;
let text: string;
let outage: Outage;

beforeEach(async () => {
  dependency = await startDependency();
  text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const event = { id: 'out', correlationId: 'c', dependency: 'invoices', operation: { path: '/gated/invoices' } };
  const scenario = { say: 'Down.', copies: 2, expect: { outcome: 'recovered' }, event } as const;
  outage = new Outage(scenario, dependency, new Report(stream as unknown as NodeJS.WriteStream));
  outage.begin();
});

afterEach(() => dependency.stop());

const call = async () => (await fetch(`${dependency.url}/gated/invoices`)).status;
const change = { from: 'half-open', to: 'open', counts: { successes: 0, failures: 1 } } as const;
const probeFailed = () => outage.changed({ ...change, circuit: 'invoices', reason: 'probe-failed' });

function ending(id: string, probes = 0): Ending {
  const at = new Date(0).toISOString();
  const trail = Array.from(
    { length: probes },
    () => ({ at, step: 'attempt-failed', probe: 'of the circuit' }) as const,
  );
  return { id, outcome: 'recovered', endedAt: Date.now(), trail };
}

describe('an outage', () => {
  it('has failures that differ in both ids', () => {
    expect(outage.scenarios.map(({ event }) => [event.id, event.correlationId])).toEqual([
      ['out-1', 'c-1'],
      ['out-2', 'c-2'],
    ]);
  });

  it('ends when a probe has failed, and not before', async () => {
    outage.changed({ ...change, circuit: 'payments', reason: 'probe-failed' });
    outage.changed({ ...change, circuit: 'invoices', reason: 'failure-rate' });
    expect(await call()).toBe(503);
    probeFailed();
    expect(await call()).toBe(200);
  });

  it('has one row after its last failure ended, with the calls made in the meantime', async () => {
    for (let n = 0; n < 3; n++) await call();
    probeFailed();
    expect(outage.take(ending('out-1', 1))).toBe(true);
    expect([text, outage.waitingFor]).toEqual(['', ['out (1)']]);
    expect(outage.take(ending('out-2'))).toBe(true);
    expect(text).toMatch(/^✓ out × 2 .* recovered /);
    expect(text).toContain('\n  2 calls until the circuit opened; probes until it recovered: 1\n  Down.\n');
    expect([outage.waitingFor, outage.misses()]).toEqual([[], []]);
  });

  it('leaves what others send to others, and repetitions', () => {
    expect(outage.take(ending('mine'))).toBe(false);
    expect(outage.take(ending('out-1'))).toBe(true);
    expect(outage.take(ending('out-1'))).toBe(false);
  });

  it('misses failures that have not ended, a probe, and a limit to the calls', async () => {
    for (let n = 0; n < 5; n++) await call();
    outage.take({ ...ending('out-1'), outcome: 'dead-lettered' });
    expect(outage.misses()).toEqual([
      'out-1: expected outcome recovered, got dead-lettered',
      'out-2: no outcome',
      'outage: the circuit made no probe',
      'outage: 5 calls while down, expected at most 4',
    ]);
  });
});
