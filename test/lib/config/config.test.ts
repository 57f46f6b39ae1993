import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { resolveConfig, resolveDependency, toSettings } from '../../../lib/config/config.ts';
import type { HttpDependencyConfig } from '../../../lib/config/dependency-config.ts';

const minimal: HttpDependencyConfig = { kind: 'http', baseUrl: 'https://api.example.com' };

describe('the settings of a dependency', () => {
  it.each([
    [undefined, undefined, 200],
    [0, undefined, 0],
    [0, 40, 40],
    [100, 0, 0],
  ])('take the excerpt of the pipeline (%s) if they have none of their own (%s)', (usual, own, excerpt) => {
    const [resolved] = resolveConfig({ dependencies: { payments: { ...minimal, excerpt: own } }, excerpt: usual });
    expect(resolved?.settings.excerpt).toBe(excerpt);
  });

  it('hold every default', () => {
    expect(resolveDependency('payments', minimal)).toEqual({
      settings: {
        name: 'payments',
        kind: 'http',
        baseUrl: 'https://api.example.com',
        timeoutMs: 5_000,
        idempotencyKeys: false,
        retry: { hotAttempts: 3, durableAttempts: 4, initialDelayMs: 100, maxDelayMs: 5_000 },
        circuit: {
          failureRate: 0.5,
          minimumCalls: 20,
          confidence: 0.999998,
          windowMs: 10_000,
          openForMs: 10_000,
          probeAgainAfterMs: 2_000,
          probes: 3,
          probeLeaseMs: 15_000,
          adaptive: false,
          perTenant: false,
        },
        retryBudget: { share: 0.2, perSecond: 10 },
        conflict: { strategy: 'reject', sensitive: [] },
        redrive: { maxCycles: 5, automatic: false, rate: 5 },
        ordered: false,
        priority: 'P2',
        excerpt: 200,
        rules: [],
      },
      maxConcurrency: 5,
    });
  });

  it('hold what the config says', () => {
    const config: HttpDependencyConfig = {
      kind: 'http',
      baseUrl: 'http://127.0.0.1:8080/v1',
      timeout: Duration.millis(250),
      auth: { scheme: 'api-key', secretName: 'backstop/payments', header: 'x-token' },
      accepts: { sources: ['my.shop'], accounts: ['111122223333'], tenants: ['eu'], methods: ['POST'], paths: ['/a'] },
      allowHeaders: ['x-tenant'],
      idempotencyKeys: true,
      encodedSlashes: true,
      retry: { hotAttempts: 0, durableAttempts: 20, initialDelay: Duration.millis(5), maxDelay: Duration.seconds(1) },
      circuit: {
        failureRate: 0.25,
        minimumCalls: 20,
        confidence: 0.99,
        window: Duration.seconds(60),
        openFor: Duration.minutes(1),
        probeAgainAfter: Duration.seconds(10),
        probes: 1,
        adaptive: true,
        perTenant: true,
      },
      retryBudget: { share: 0, perSecond: 0.5 },
      fallback: { kind: 'static', answer: { total: 0 }, after: Duration.minutes(10) },
      maxConcurrency: 1_000,
      ordered: true,
      priority: 'P1',
      excerpt: 40,
      rules: [{ name: 'busy', when: { statusCodes: [409] }, verdict: 'transient' }],
    };
    expect(resolveDependency('payments', config)).toEqual({
      settings: {
        name: 'payments',
        kind: 'http',
        baseUrl: 'http://127.0.0.1:8080/v1',
        timeoutMs: 250,
        auth: config.auth,
        accepts: config.accepts,
        allowHeaders: ['x-tenant'],
        idempotencyKeys: true,
        encodedSlashes: true,
        retry: { hotAttempts: 0, durableAttempts: 20, initialDelayMs: 5, maxDelayMs: 1_000 },
        circuit: {
          failureRate: 0.25,
          minimumCalls: 20,
          confidence: 0.99,
          windowMs: 60_000,
          openForMs: 60_000,
          probeAgainAfterMs: 10_000,
          probes: 1,
          probeLeaseMs: 5_500,
          adaptive: true,
          perTenant: true,
        },
        retryBudget: { share: 0, perSecond: 0.5 },
        fallback: { kind: 'static', answer: { total: 0 }, afterMs: 600_000 },
        conflict: { strategy: 'reject', sensitive: [] },
        redrive: { maxCycles: 5, automatic: false, rate: 5 },
        ordered: true,
        excerpt: 40,
        priority: 'P1',
        rules: config.rules,
      },
      maxConcurrency: 1_000,
    });
  });

  it.each([
    ['https://api.example.com/', 'https://api.example.com'],
    ['https://API.example.com:443/v1//', 'https://api.example.com/v1'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://[::1]:3000/a', 'http://[::1]:3000/a'],
  ])('write the base URL %s as %s', (baseUrl, written) => {
    expect(toSettings('payments', { kind: 'http', baseUrl }).baseUrl).toBe(written);
  });
});
