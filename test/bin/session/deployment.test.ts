import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { readDeployment } from '../../../bin/session/deployment.ts';
import { fakeClient } from '../../support/operator.ts';

const DAY_MS = 86_400_000;
const NAMES = [
  'BusName',
  'LedgerTableName',
  'CircuitsTableName',
  'AuditTableName',
  'OperatorUrl',
  'RejectsQueueUrl',
  'LastResortQueueUrl',
  'ParkedQueueUrl',
  'RecoveryMachineArn',
  'LanesPath',
];

function deployed(more: Readonly<Record<string, string>> = {}) {
  const values = { ...Object.fromEntries(NAMES.map((name) => [name, 'x'])), ...more };
  const outputs = Object.entries(values).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  const cloudformation = {
    ...fakeClient<CloudFormationClient>(() => ({ Stacks: [{ Outputs: outputs }] })),
    config: { region: async () => 'eu-west-1' },
  } as unknown as CloudFormationClient;
  return readDeployment({ cloudformation, ssm: fakeClient<SSMClient>(() => ({})) }, 'Backstop');
}

describe('a deployment', () => {
  it.each([
    ['its output', { RetentionMs: String(90 * DAY_MS) }, 90],
    ['30 days, if an older version deployed it', {}, 30],
  ])('keeps failures as long as %s', async (_, outputs, days) => {
    expect((await deployed(outputs)).retentionMs).toBe(days * DAY_MS);
  });

  it.each([
    ['its output', { OperatorCommand: 'npx @acme/backstop' }, 'npx @acme/backstop'],
    ['the published package, if an older version deployed it', {}, 'npx @backstop-cdk/backstop'],
    [
      'the published package, if its output is more than words',
      { OperatorCommand: 'a; b' },
      'npx @backstop-cdk/backstop',
    ],
  ])('is operated by %s', async (_, outputs, command) => {
    expect((await deployed(outputs)).operatorCommand).toBe(command);
  });
});
