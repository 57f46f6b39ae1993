import { describe, expect, it } from 'vitest';
import { type Circuit, closed } from '../../../../lambdas/domain/circuit/circuit-state.ts';
import { INITIAL_SNAPSHOT, type StoredCircuit } from '../../../../lambdas/domain/circuit/circuit-store.ts';
import { answerRequest, type HealthPorts } from '../../../../lambdas/use-cases/health/answer-request.ts';
import { NOW } from '../../../support/samples.ts';

const troubled = { since: NOW - 5_000, baseline: 0, probes: [], trippedAt: NOW - 5_000 };
const open: Circuit = { ...troubled, kind: 'open', until: NOW + 25_000 };
const known = (key: string, circuit: Circuit, counts?: { successes: number; failures: number }): StoredCircuit => ({
  key,
  snapshot: {
    ...INITIAL_SNAPSHOT,
    circuit,
    traffic: 41,
    buckets: counts ? [{ second: Math.floor(NOW / 1_000) - 2, ...counts }] : [],
  },
});

function ports(change: Partial<HealthPorts> = {}): HealthPorts {
  return {
    service: 'Backstop/Pipeline',
    dependencies: ['payments', 'orders'],
    now: () => NOW,
    circuits: async () => [],
    queues: async () => [{ lane: 'payments', queue: 'dead-letters', waiting: 3, inFlight: 1 }],
    backlog: async () => ({ open: 7, questions: 2 }),
    onError: () => undefined,
    ...change,
  };
}

const request = (rawPath: string, method = 'GET') => ({ rawPath, requestContext: { http: { method } } });
const ask = async (path: string, circuits: readonly StoredCircuit[] = []) =>
  answerRequest(request(path), ports({ circuits: async () => circuits }));

describe('/health', () => {
  it('is healthy where nobody has called anything yet', async () => {
    const { statusCode, headers, body } = await ask('/health');
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    const counts = { requests: 0, totalSuccesses: 0, totalFailures: 0 };
    expect(JSON.parse(body)).toEqual({
      status: 'healthy',
      timestamp: '2026-03-01T12:00:00.000Z',
      dependencies: { payments: 'connected', orders: 'connected' },
      circuitBreakers: { payments: { state: 'closed', counts }, orders: { state: 'closed', counts } },
    });
  });

  it('shows each circuit with its state and what was counted', async () => {
    const { statusCode, body } = await ask('/health/', [known('payments', open, { successes: 3, failures: 5 })]);
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      status: 'degraded',
      dependencies: { payments: 'down', orders: 'connected' },
      circuitBreakers: {
        payments: {
          state: 'open',
          counts: { requests: 8, totalSuccesses: 3, totalFailures: 5 },
          lastStateChange: '2026-03-01T11:59:55.000Z',
          until: '2026-03-01T12:00:25.000Z',
        },
      },
    });
  });

  it('shows the circuits of tenants that are not closed, up to a hundred, and counts the others', async () => {
    const tenants = Array.from({ length: 120 }, (_, index) => known(`payments/t${index}`, open));
    const { body } = await ask('/health', [...tenants, known('payments/well', closed(NOW))]);
    const { dependencies, circuitBreakers } = JSON.parse(body);
    expect(dependencies).toEqual({ payments: 'degraded', orders: 'connected' });
    expect(circuitBreakers.payments).toMatchObject({ state: 'closed', tenantsNotClosed: 120 });
    expect(Object.keys(circuitBreakers.payments.tenants)).toHaveLength(100);
    expect(circuitBreakers.payments.tenants.well).toBeUndefined();
  });

  it.each<[Circuit, string]>([
    [{ ...troubled, kind: 'half-open', succeeded: 1, failed: 0 }, 'degraded'],
    [{ ...troubled, kind: 'forced-open', until: NOW + 1_000, reason: 'r', by: 'b' }, 'down'],
    [{ ...troubled, kind: 'forced-closed', until: NOW + 1_000, reason: 'r', by: 'b' }, 'connected'],
    // The forced state has expired.
    [{ ...troubled, kind: 'forced-open', until: NOW - 1, reason: 'r', by: 'b' }, 'down'],
  ])('says of a dependency whose circuit is $kind that it is %s', async (circuit, connection) => {
    const { body } = await ask('/health', [known('payments', circuit)]);
    expect(JSON.parse(body).dependencies.payments).toBe(connection);
    // A health check must not reveal who forced the circuit.
    expect(body).not.toContain('"by"');
  });

  it("is unhealthy, and says so, if the table can't be read", async () => {
    const failures: unknown[] = [];
    const gone = new Error('gone');
    const broken = ports({ circuits: () => Promise.reject(gone), onError: (error) => failures.push(error) });
    expect(await answerRequest(request('/health'), broken)).toMatchObject({
      statusCode: 503,
      body: expect.stringContaining('"unhealthy"'),
    });
    expect(await answerRequest(request('/metrics'), broken)).toMatchObject({ statusCode: 503 });
    expect(failures).toEqual([gone, gone]);
  });
});

describe('/metrics', () => {
  it('is what Prometheus reads', async () => {
    const { statusCode, headers, body } = await ask('/metrics', [
      known('payments', open, { successes: 3, failures: 5 }),
    ]);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parse(body);
    expect(families.get('circuit_breaker_state')).toEqual({
      type: 'gauge',
      samples: [
        '{service="Backstop/Pipeline",breaker="payments"} 1',
        '{service="Backstop/Pipeline",breaker="orders"} 0',
      ],
    });
    expect(families.get('circuit_breaker_calls')?.samples).toEqual([
      '{service="Backstop/Pipeline",breaker="payments",result="success"} 3',
      '{service="Backstop/Pipeline",breaker="payments",result="failure"} 5',
    ]);
    expect(families.get('circuit_breaker_requests_total')).toEqual({
      type: 'counter',
      samples: ['{service="Backstop/Pipeline",breaker="payments"} 41'],
    });
    expect(families.get('backstop_queue_messages')?.samples).toEqual([
      '{lane="payments",queue="dead-letters",state="waiting"} 3',
      '{lane="payments",queue="dead-letters",state="in_flight"} 1',
    ]);
    expect(families.get('backstop_failures_open')?.samples).toEqual([' 7']);
    expect(families.get('backstop_questions_open')?.samples).toEqual([' 2']);
  });

  it('leaves out circuits of dependencies that the config has no more', async () => {
    expect((await ask('/metrics', [known('removed', open)])).body).not.toContain('removed');
  });
});

it.each([
  ['/', 'GET', 404],
  ['/health/payments', 'GET', 404],
  ['/health', 'POST', 405],
  ['/metrics', 'DELETE', 405],
  ['/health', 'HEAD', 200],
])('%s by %s is answered with %d', async (path, method, statusCode) => {
  expect(await answerRequest(request(path, method), ports())).toMatchObject({ statusCode });
});

/** Parses the text format strictly: each family starts with its help and its type, and has no duplicate sample. */
function parse(text: string): ReadonlyMap<string, { type: string; samples: string[] }> {
  const families = new Map<string, { type: string; samples: string[] }>();
  let helped: string | undefined;
  let current = '';
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      expect(families.has(name)).toBe(false);
      helped = name;
    } else if (kind === 'TYPE') {
      expect(name).toBe(helped);
      expect(rest).toMatch(/^(counter|gauge)$/);
      families.set(name, { type: rest, samples: [] });
      current = name;
    } else {
      const [, of, sample = ''] = SAMPLE.exec(line) ?? [];
      expect(of, line).toBe(current);
      const { samples = [] } = families.get(current) ?? {};
      expect(samples).not.toContain(sample);
      samples.push(sample);
    }
  }
  return families;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)+\})? -?\d+(?:\.\d+)?)$/;
