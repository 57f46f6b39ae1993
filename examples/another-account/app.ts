import { ResiliencePipeline } from '@backstop-cdk/backstop';
import { App, Stack } from 'aws-cdk-lib';
import { BillingStack, billingMachine, callsRole } from './billing-stack.ts';

const region = 'eu-west-1';
const [backstop, billing] = [
  { account: '111111111111', region },
  { account: '222222222222', region },
];
/** Both sides name it. It is not a secret. */
const externalId = 'backstop-production';

export const app = new App();
const pipeline = new ResiliencePipeline(new Stack(app, 'Backstop', { env: backstop }), 'Backstop', {
  producers: { accounts: [billing.account] },
  dependencies: {
    billing: {
      kind: 'state-machine',
      stateMachineArn: billingMachine(billing),
      assumeRole: { roleArn: callsRole(billing), externalId },
      accepts: { accounts: [billing.account] },
    },
    payments: { kind: 'http', baseUrl: 'https://payments.example.com', idempotencyKeys: true },
  },
});
new BillingStack(app, 'Billing', { env: billing, bus: pipeline.bus, backstop: backstop.account, externalId });
