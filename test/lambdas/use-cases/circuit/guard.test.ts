import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryCircuitStore } from '../../../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { type GuardPorts, guard } from '../../../../lambdas/use-cases/circuit/guard.ts';
import { sampleCircuits } from '../../../support/circuits.ts';
import { NOW, sampleSettings } from '../../../support/samples.ts';

const TIMEOUT = { Error: 'States.Timeout' };
const down = (message: string) => ({
  Error: 'Error',
  Cause: JSON.stringify({ errorType: 'Error', errorMessage: message, trace: ['at charge'] }),
});

let now: number;
let store: MemoryCircuitStore;
/** Creates an instance of the function. All instances share the table. */
let instance: (settings?: Partial<ReturnType<typeof sampleSettings>>) => GuardPorts;

beforeEach(() => {
  now = NOW;
  store = new MemoryCircuitStore();
  instance = (own = {}) => {
    const settings = { ...sampleSettings(), ...own };
    return {
      settings: (name) => (name === settings.name ? settings : undefined),
      circuits: sampleCircuits(() => now, store).circuits,
    };
  };
});

const ask = (ports: GuardPorts, more: object = {}) => guard({ action: 'ask', dependency: 'payments', ...more }, ports);

/** Asks for and reports several calls, one after the other. */
async function calls(times: number, ports: GuardPorts, { error, ...more }: { error?: object; tenant?: string } = {}) {
  for (let n = 0; n < times; n++) {
    const answer = await ask(ports, more);
    if (!('permit' in answer)) return;
    const { permit } = answer;
    await guard({ action: 'report', dependency: 'payments', permit, error, ...more }, ports);
  }
}

describe('a state machine', () => {
  it('may call a dependency that is well', async () => {
    expect(await ask(instance())).toEqual({
      admitted: true,
      permit: { generation: 0, at: NOW },
      freshUntil: '2026-03-01T12:00:05.000Z',
    });
  });

  it('says how long its block may take, and holds a probe for that time', async () => {
    await calls(5, instance(), { error: TIMEOUT });
    now += 60_000;
    await ask(instance(), { leaseMs: 600_000 });
    const { circuit } = await store.read('payments');
    expect(circuit).toMatchObject({ kind: 'half-open', probes: [{ until: now + 600_000 }] });
  });

  it('is told until when to leave a dependency alone that is down, whichever instance it asks', async () => {
    await calls(5, instance(), { error: TIMEOUT });
    const answer = await ask(instance());
    expect(answer).toEqual({ admitted: false, retryAt: expect.stringMatching(/^2026-03-01T12:00:\d\d\.\d{3}Z$/) });
    expect(Date.parse('retryAt' in answer ? answer.retryAt : '')).toBeGreaterThanOrEqual(NOW + 10_000);
  });

  it.each<[string, object | undefined]>([
    ['calls that succeed', undefined],
    ['errors of the caller', { Error: 'States.Http.StatusCode.404' }],
    ['errors that no rule knows', { Error: 'OutOfStock', Cause: 'none left' }],
    ['errors without a name', {}],
    [
      'bugs of a function',
      { Error: 'TypeError', Cause: '{"errorType":"TypeError","errorMessage":"connection is undefined"}' },
    ],
    ['errors whose cause is no text of Lambda', { Error: 'OutOfStock', Cause: '{"errorMessage":' }],
  ])('keeps the circuit closed by %s', async (_, error) => {
    await calls(20, instance(), error && { error });
    expect(await ask(instance())).toMatchObject({ admitted: true });
  });

  it.each<[string, object]>([
    ['by its name', { Error: 'States.Http.StatusCode.503' }],
    ['by what a function says of it', down('Request failed with status code 502')],
    ['by its name in the cause', { Cause: JSON.stringify({ errorType: 'ThrottlingException', errorMessage: '' }) }],
    ['by its name in a cause without a message', { Cause: '{"errorType":"ThrottlingException","errorMessage":null}' }],
    [
      'by a service behind the task',
      { Error: 'S3.S3Exception', Cause: 'no (Service: S3, Status Code: 503, Request ID: A)' },
    ],
    ['by the status of API Gateway', { Error: 'ApiGateway.500', Cause: '{}' }],
    ['by its cause as it is', { Error: 'Error', Cause: 'connect ECONNREFUSED 10.0.0.1:443' }],
  ])('opens it by errors of the dependency, known %s', async (_, error) => {
    await calls(5, instance(), { error });
    expect(await ask(instance())).toMatchObject({ admitted: false });
  });

  it('goes by the rules of the dependency', async () => {
    const when = { errorNames: ['LedgerClosed'] };
    const ports = instance({ rules: [{ name: 'closed-at-night', when, verdict: 'transient' }] });
    await calls(5, ports, { error: { Error: 'LedgerClosed', Cause: '' } });
    expect(await ask(ports)).toMatchObject({ admitted: false });
  });

  it('is counted by an instance that has not heard of its permit', async () => {
    await calls(5, instance(), { error: TIMEOUT });
    now += 60_000;
    for (let probe = 0; probe < 3; probe++) await calls(1, instance());
    const { generation } = await store.read('payments');
    const report = { action: 'report', dependency: 'payments', permit: { generation }, error: TIMEOUT };
    for (let n = 0; n < 2; n++) await guard(report, instance());
    const { buckets } = await store.read('payments');
    expect(buckets.reduce((sum, { failures }) => sum + failures, 0)).toBe(2);
  });

  it('closes it again by its probes', async () => {
    await calls(5, instance(), { error: TIMEOUT });
    now += 60_000;
    const probes = await Promise.all([1, 2, 3, 4].map(() => ask(instance())));
    expect(probes.filter(({ admitted }: { admitted?: boolean }) => admitted)).toHaveLength(3);
    for (const { permit } of probes as { permit?: object }[]) {
      if (permit) await guard({ action: 'report', dependency: 'payments', permit }, instance());
    }
    expect((await store.read('payments')).circuit.kind).toBe('recovering');
  });

  it('gives back the place of a probe that it was too late to make', async () => {
    await calls(5, instance(), { error: TIMEOUT });
    now += 60_000;
    const { permit } = (await ask(instance())) as { permit?: object };
    expect((await store.read('payments')).circuit).toMatchObject({ probes: [{}] });
    expect(await guard({ action: 'withdraw', dependency: 'payments', permit }, instance())).toEqual({});
    expect((await store.read('payments')).circuit).toMatchObject({ kind: 'half-open', probes: [] });
  });

  it('of one tenant does not suffer from another, where circuits are per tenant', async () => {
    const ports = instance({ circuit: { ...sampleSettings().circuit, perTenant: true } });
    await calls(5, ports, { tenant: 'acme', error: TIMEOUT });
    expect(await ask(ports, { tenant: 'acme' })).toMatchObject({ admitted: false });
    expect(await ask(ports, { tenant: 'other' })).toMatchObject({ admitted: true });
  });

  it('has nothing to report by where it was not asked', async () => {
    const report = { action: 'report', dependency: 'payments', permit: null, error: TIMEOUT };
    for (let n = 0; n < 5; n++) expect(await guard(report, instance())).toEqual({});
    expect(await ask(instance())).toMatchObject({ admitted: true });
  });

  it.each<[string, unknown, string]>([
    ['a dependency that is not registered', { action: 'ask', dependency: 'paymnts' }, 'UnregisteredDependencyError'],
    ['an unknown action', { action: 'open', dependency: 'payments' }, 'ValiError'],
    ['a tenant that is none', { action: 'ask', dependency: 'payments', tenant: 'a/b' }, 'ValiError'],
    ['a permit that is none', { action: 'report', dependency: 'payments', permit: { generation: -1 } }, 'ValiError'],
    ['nothing', undefined, 'ValiError'],
  ])('is refused %s', async (_, input, name) => {
    await expect(guard(input, instance())).rejects.toMatchObject({ name });
  });
});
