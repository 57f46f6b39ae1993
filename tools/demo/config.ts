import { Duration } from 'aws-cdk-lib';
import type { BackstopConfig } from '../../lib/config/dependency-config.ts';

/** Its events fail by turns: a circuit that opened for one of them would hold up the others, and hide what each shows. */
const circuit = { minimumCalls: 1_000 };

/** Six dependencies that differ in what they promise. All are the one API at the base URL. */
export function demoConfig(baseUrl: string): BackstopConfig {
  const timeout = Duration.seconds(2);
  return {
    dependencies: {
      payments: {
        ...{ kind: 'http', baseUrl, timeout, circuit, idempotencyKeys: true, priority: 'P1' },
        // Short, so that three attempts fit the hot tier.
        retry: { initialDelay: Duration.millis(20) },
      },
      inventory: {
        ...{ kind: 'http', baseUrl, timeout, circuit },
        rules: [{ name: 'already-gone', when: { statusCodes: [404] }, verdict: 'expected', effect: 'none' }],
      },
      reports: {
        ...{ kind: 'http', baseUrl, timeout: Duration.seconds(1), circuit },
        ...{ retry: { durableAttempts: 2 }, priority: 'P3' },
      },
      search: {
        ...{ kind: 'http', baseUrl, timeout, circuit },
        retry: { hotAttempts: 1, durableAttempts: 1 },
        fallback: { kind: 'static', answer: { hits: [], note: 'search is down, try again later' } },
      },
      customers: {
        ...{ kind: 'http', baseUrl, timeout, circuit },
        conflict: { strategy: 'merge', sensitive: ['/notes'] },
      },
      // Nobody wants to watch it wait for half a minute.
      invoices: {
        ...{ kind: 'http', baseUrl, timeout },
        circuit: { openFor: Duration.seconds(1), probeAgainAfter: Duration.seconds(1) },
      },
    },
  };
}
