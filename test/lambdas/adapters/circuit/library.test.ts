import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DynamoDBCircuitStore } from '../../../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import type * as Library from '../../../../lambdas/adapters/circuit/library.ts';
import { DEFAULT_CIRCUIT_POLICY } from '../../../../lambdas/contract/circuit-policy.ts';
import { NOW } from '../../../support/samples.ts';
import { serveTables } from '../../../support/tables.ts';

// The library reads its environment once, so these tests have an instance of their own.
const own = new URL('../../../../lambdas/adapters/circuit/library.ts?own', import.meta.url);
const { circuitBreaker, memoryCircuits }: typeof Library = await import(own.href);

const DOWN = Object.assign(new Error('down'), { statusCode: 503 });

/** Calls until the failures open the circuit. */
async function fail(call: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < DEFAULT_CIRCUIT_POLICY.minimumCalls; n++) await expect(call()).rejects.toThrow();
}

describe('a function with a circuit', () => {
  it('answers as the function does', async () => {
    const add = circuitBreaker('adder', async (a: number, b: number) => a + b, { circuits: memoryCircuits() });
    expect(await add(1, 2)).toBe(3);
  });

  it('is not called while its circuit is open', async () => {
    const circuits = memoryCircuits({ now: () => NOW });
    const charge = vi.fn(() => Promise.reject(DOWN));
    const guarded = circuitBreaker('payments', charge, { circuits });
    await fail(guarded);
    await expect(guarded()).rejects.toMatchObject({ name: 'CircuitOpenError', retryAt: expect.any(Number) });
    expect(charge).toHaveBeenCalledTimes(DEFAULT_CIRCUIT_POLICY.minimumCalls);
  });

  it('shares its circuit with all functions that call the same dependency', async () => {
    const circuits = memoryCircuits({ now: () => NOW });
    await fail(circuitBreaker('payments', () => Promise.reject(DOWN), { circuits }));
    const refund = circuitBreaker('payments', async () => 'refunded', { circuits });
    const ship = circuitBreaker('shipping', async () => 'shipped', { circuits });
    await expect(refund()).rejects.toThrow('the circuit of the dependency is open');
    expect(await ship()).toBe('shipped');
  });

  it('is called for other tenants while the circuit of one is open', async () => {
    const circuits = memoryCircuits({ now: () => NOW });
    const charge = async (tenant: string) => {
      if (tenant === 'acme') throw DOWN;
      return 'charged';
    };
    const guarded = circuitBreaker('payments', charge, { circuits, tenant: (tenant) => tenant });
    await fail(() => guarded('acme'));
    await expect(guarded('acme')).rejects.toThrow('the circuit of the dependency is open');
    expect(await guarded('other')).toBe('charged');
    expect(await guarded('no name at all')).toBe('charged');
  });

  it('keeps its circuit closed while it fails by no fault of the dependency', async () => {
    const circuits = memoryCircuits({ now: () => NOW });
    const refused = Object.assign(new Error('no such order'), { statusCode: 404 });
    const guarded = circuitBreaker('payments', () => Promise.reject(refused), { circuits });
    for (let n = 0; n < 20; n++) await expect(guarded()).rejects.toBe(refused);
  });

  it('says itself what is a fault of the dependency, where it knows better', async () => {
    const circuits = memoryCircuits({ now: () => NOW });
    const isFailure = (error: unknown) => error instanceof Error && error.message === 'sold out';
    const buy = circuitBreaker('stock', () => Promise.reject(new Error('sold out')), { circuits, isFailure });
    await fail(buy);
    await expect(buy()).rejects.toMatchObject({ name: 'CircuitOpenError' });
    const down = circuitBreaker('other', () => Promise.reject(DOWN), { circuits, isFailure });
    for (let n = 0; n < 20; n++) await expect(down()).rejects.toBe(DOWN);
  });

  it('is called again when the dependency is well again', async () => {
    let now = NOW;
    let isDown = true;
    const circuits = memoryCircuits({ now: () => now, openForMs: 1_000 });
    const charge = async () => {
      if (isDown) throw DOWN;
    };
    const guarded = circuitBreaker('payments', charge, { circuits, isFailure: () => true });
    await fail(guarded);
    isDown = false;
    now += 1_000;
    for (let probe = 0; probe < DEFAULT_CIRCUIT_POLICY.probes; probe++) await guarded();
    now += 20_000;
    for (let n = 0; n < 20; n++) await expect(guarded()).resolves.toBeUndefined();
  });
});

describe('a function in Lambda', () => {
  let tables: Awaited<ReturnType<typeof serveTables>>;
  beforeAll(async () => {
    tables = await serveTables();
    vi.stubEnv('AWS_ENDPOINT_URL', tables.endpoint);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await tables.stop();
  });

  const SETTINGS = JSON.stringify({ payments: { ...DEFAULT_CIRCUIT_POLICY, perTenant: true } });
  const configure = (table: string | undefined, settings: string | undefined) => {
    vi.stubEnv('BACKSTOP_CIRCUITS_TABLE', table);
    vi.stubEnv('BACKSTOP_CIRCUITS', settings);
  };
  const charge = () => Promise.reject(DOWN);

  it.each<[string, string | undefined, string | undefined]>([
    ['there is no table', undefined, SETTINGS],
    ['there are no settings', 'circuits', undefined],
    ['the settings are no JSON', 'circuits', 'payments'],
    ['the settings lack one', 'circuits', '{"payments":{"windowMs":1}}'],
  ])('rejects, and says what to do, where %s', async (_, table, settings) => {
    configure(table, settings);
    await expect(circuitBreaker('payments', charge)()).rejects.toMatchObject({
      name: 'CircuitNotConfiguredError',
      message: expect.stringContaining('call pipeline.guard(fn, dependency)'),
    });
  });

  it('goes by the circuit that everybody shares', async () => {
    configure(tables.circuits, SETTINGS);
    await fail(circuitBreaker('payments', charge, { tenant: () => 'acme' }));
    const { circuit } = await new DynamoDBCircuitStore({ client: tables.client, table: 'circuits' }).read(
      'payments/acme',
      Date.now(),
    );
    expect(circuit.kind).toBe('open');
  });

  it('rejects, and says what to do, where it may not use the circuit of the dependency', async () => {
    await expect(circuitBreaker('shipping', charge)()).rejects.toThrow(
      "BACKSTOP_CIRCUITS has no dependency 'shipping'",
    );
  });
});
