import { Duration } from 'aws-cdk-lib';
import type { AppConfig } from './lib/pipeline/app.ts';

/** The systems that yours call, and options of the pipeline. Edit this file, then run `npx cdk deploy --all`. */
export const config: AppConfig = {
  deadline: Duration.hours(6),
  dependencies: {
    payments: {
      kind: 'http',
      baseUrl: 'https://payments.example.com/v1',
      timeout: Duration.seconds(10),
      // To send credentials, create their secret first, then use the line `auth`:
      // aws secretsmanager create-secret --name backstop/payments --secret-string "$TOKEN"
      // auth: { scheme: 'bearer', secretName: 'backstop/payments' },
      idempotencyKeys: true,
      // Each tenant has its own account there. A throttled tenant must not hold back the others.
      circuit: { perTenant: true },
      priority: 'P1',
      rules: [
        { name: 'card declined', when: { statusCodes: [402] }, verdict: 'expected', effect: 'none' },
        { name: 'ledger locked', when: { codes: ['LEDGER_LOCKED'] }, verdict: 'transient', effect: 'none' },
      ],
    },
    inventory: {
      kind: 'http',
      baseUrl: 'https://inventory.example.com',
      // Stock levels from an hour ago are better than none.
      fallback: { kind: 'last-good', maxAge: Duration.hours(1), after: Duration.minutes(10) },
      maxConcurrency: 10,
    },
  },
};
