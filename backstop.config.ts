import { Duration } from 'aws-cdk-lib';
import type { BackstopConfig } from './lib/index.ts';

/** The systems that yours call. Edit me, then `npx cdk deploy --all`. */
export const config: BackstopConfig = {
  dependencies: {
    payments: {
      kind: 'http',
      baseUrl: 'https://payments.example.com/v1',
      timeout: Duration.seconds(10),
      auth: { scheme: 'bearer', secretName: 'backstop/payments' },
      idempotencyKeys: true,
      priority: 'P1',
      rules: [
        { name: 'card declined', when: { statusCodes: [402] }, verdict: 'expected', effect: 'none' },
        { name: 'ledger locked', when: { codes: ['LEDGER_LOCKED'] }, verdict: 'transient', effect: 'none' },
      ],
    },
    inventory: {
      kind: 'http',
      baseUrl: 'https://inventory.example.com',
      maxConcurrency: 10,
    },
  },
};
