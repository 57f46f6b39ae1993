import { Duration } from 'aws-cdk-lib';
import type { BackstopConfig } from '../../lib/config/dependency-config.ts';

/** Keeps the circuit closed: the events fail by design, and an open circuit would delay the others. */
const circuit = { minimumCalls: 1_000 };

/** Six dependencies with different guarantees. All call the same API at the base URL. */
export function demoConfig(baseUrl: string): BackstopConfig {
  const timeout = Duration.seconds(2);
  return {
    dependencies: {
      payments: {
        kind: 'http',
        baseUrl,
        timeout,
        circuit,
        idempotencyKeys: true,
        priority: 'P1',
        // Short, so that three attempts fit into the hot tier. On a slow machine, the warm tier takes over.
        retry: { initialDelay: Duration.millis(20) },
      },
      inventory: {
        kind: 'http',
        baseUrl,
        timeout,
        circuit,
        rules: [{ name: 'already-gone', when: { statusCodes: [404] }, verdict: 'expected', effect: 'none' }],
      },
      reports: {
        kind: 'http',
        baseUrl,
        timeout: Duration.seconds(1),
        circuit,
        retry: { durableAttempts: 2 },
        priority: 'P3',
      },
      search: {
        kind: 'http',
        baseUrl,
        timeout,
        circuit,
        retry: { hotAttempts: 1, durableAttempts: 1 },
        fallback: { kind: 'static', answer: { hits: [], note: 'search is down, try again later' } },
      },
      customers: {
        kind: 'http',
        baseUrl,
        timeout,
        circuit,
        conflict: { strategy: 'merge', sensitive: ['/notes'] },
      },
      // Keeps the demo short: the default would wait for half a minute.
      invoices: {
        kind: 'http',
        baseUrl,
        timeout,
        // Few calls come here, so the observed rate decides alone.
        circuit: {
          minimumCalls: 5,
          confidence: 0,
          openFor: Duration.seconds(1),
          probeAgainAfter: Duration.seconds(1),
        },
      },
    },
  };
}
