import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openCircuits } from '../../../../lambdas/adapters/circuit/open-circuits.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import type { CircuitSettings } from '../../../../lambdas/contract/settings.ts';
import { sampleCircuits } from '../../../support/circuits.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const SHARED: CircuitSettings = { ...DEFAULT_CIRCUIT_POLICY, perTenant: false };
const PER_TENANT: CircuitSettings = { ...DEFAULT_CIRCUIT_POLICY, perTenant: true };

function open() {
  vi.stubEnv('CIRCUITS_TABLE', 'circuits');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  return openCircuits();
}

describe('the circuits of a process', () => {
  it.each<[string, CircuitSettings, string | undefined, string]>([
    ['one for all', SHARED, undefined, 'payments'],
    ['one for all, whoever calls', SHARED, 'acme', 'payments'],
    ['one for each tenant', PER_TENANT, 'acme', 'payments/acme'],
    ['one for those without a tenant', PER_TENANT, undefined, 'payments'],
  ])('are %s', (_, circuit, tenant, key) => {
    expect(open().of({ name: 'payments', circuit }, tenant).key).toBe(key);
  });

  it('are the same for everybody who asks', () => {
    const circuits = open();
    const settings = { name: 'payments', circuit: PER_TENANT };
    expect(circuits.of(settings, 'acme')).toBe(circuits.of({ ...settings }, 'acme'));
    expect(circuits.of(settings, 'acme')).not.toBe(circuits.of(settings, 'other'));
  });

  it('need a table', () => {
    vi.stubEnv('CIRCUITS_TABLE', '');
    expect(() => openCircuits()).toThrow('environment variable CIRCUITS_TABLE is not set');
  });
});

describe('the retry budget', () => {
  it('is one for all tenants of a dependency', async () => {
    const { circuits } = sampleCircuits(() => 0);
    const settings = { name: 'payments', circuit: PER_TENANT };
    const policy = { share: 0, perSecond: 0.1 };
    expect((await circuits.of(settings, 'acme').tryAcquire(policy)).admitted).toBe(true);
    expect(await circuits.of(settings, 'other').tryAcquire(policy)).toMatchObject({ because: 'retry-budget' });
  });
});

describe('a table that does not answer', () => {
  it('holds up a call for 2 s at most, and then the call passes', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => sockets.push(socket));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    let begun = 0;
    const onRequest = () => begun++;
    subscribe('http.client.request.start', onRequest);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let answer: unknown;
    void open()
      .of({ name: 'payments', circuit: SHARED })
      .tryAcquire()
      .then((given) => {
        answer = given;
      });
    // The client loads its configuration first.
    while (begun === 0) await nextTurn();
    // Two tries of 0.7 s and a pause between them. Time stops during a request.
    for (let passed = 0; answer === undefined && passed <= 2_000; ) {
      if (begun > sockets.length) await nextTurn();
      else await vi.advanceTimersByTimeAsync(10).then(() => (passed += 10));
    }
    expect(answer).toEqual({ admitted: true, permit: { generation: 0, at: expect.any(Number) } });
    expect(sockets).toHaveLength(2);
    unsubscribe('http.client.request.start', onRequest);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});
