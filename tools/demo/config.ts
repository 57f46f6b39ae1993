import { Duration } from 'aws-cdk-lib';
import type { BackstopConfig } from '../../lib/config.ts';

/** Three dependencies that differ in what they promise. All are the one API at the base URL. */
export function demoConfig(baseUrl: string): BackstopConfig {
  return {
    dependencies: {
      payments: { kind: 'http', baseUrl, timeout: Duration.seconds(2), idempotencyKeys: true, priority: 'P1' },
      inventory: {
        kind: 'http',
        baseUrl,
        timeout: Duration.seconds(2),
        rules: [{ name: 'already-gone', when: { statusCodes: [404] }, verdict: 'expected', effect: 'none' }],
      },
      reports: { kind: 'http', baseUrl, timeout: Duration.seconds(1), retry: { durableAttempts: 2 }, priority: 'P3' },
    },
  };
}
