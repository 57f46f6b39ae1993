import type { App } from 'aws-cdk-lib';
import type { DependencyConfig } from '../../lib/config/dependency-config.ts';
import { createApp, type PipelineOptions } from '../../lib/pipeline/app.ts';

const ACCOUNT = '123456789012';
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}:${resource}`;
const CALLER = { roleArn: `arn:aws:iam::${ACCOUNT}:role/calls`, externalId: 'backstop' };

/** Each kind of dependency, with the settings that create resources. */
const DEPENDENCIES: Readonly<Record<string, DependencyConfig>> = {
  payments: {
    kind: 'http',
    baseUrl: 'https://payments.example.com',
    auth: { scheme: 'bearer', secretName: 'payments' },
    circuit: { perTenant: true },
    conflict: { strategy: 'function', functionArn: arn('lambda', 'function:resolve') },
    fallback: { kind: 'backup', dependency: 'stock' },
    redrive: { automatic: true },
  },
  stock: { kind: 'http', baseUrl: 'https://stock.example.com', ordered: true, conflict: { strategy: 'ask' } },
  resize: {
    kind: 'lambda',
    functionArn: arn('lambda', 'function:resize'),
    assumeRole: CALLER,
    deadLetterQueueArn: arn('sqs', 'lost'),
    deadLetterQueueKeyArn: arn('kms', 'key/1'),
  },
  import: { kind: 'state-machine', stateMachineArn: arn('states', 'stateMachine:Import') },
  mails: { kind: 'queue', queueArn: arn('sqs', 'mails'), queueKeyArn: arn('kms', 'key/2') },
};

const OPTIONS: PipelineOptions = {
  auditArchive: {},
  deployment: { canary: true },
  escalation: {
    emails: ['on-call@example.com'],
    pagerDuty: { secretName: 'pager-duty' },
    teams: { secretName: 'teams' },
    slack: { secretName: 'slack' },
    opsgenie: { secretName: 'opsgenie' },
    webhook: { url: 'https://hooks.example.com', secretName: 'webhook' },
    opsItems: true,
  },
  largeBodies: true,
  producers: { accounts: [ACCOUNT], organization: 'o-exampleorgid' },
  schemaRegistry: true,
};

/** A pipeline with all that the config can turn on. @param more such as the folder of the handlers */
export function everything(more: PipelineOptions, outdir: string): App {
  return createApp({ dependencies: DEPENDENCIES }, { ...OPTIONS, ...more }, outdir);
}
