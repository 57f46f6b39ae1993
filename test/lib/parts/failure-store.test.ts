import { expect, it } from 'vitest';
import { named, resource, sharedTemplates } from '../templates.ts';

interface Statement {
  readonly Action: readonly string[];
  readonly Principal: { readonly Service?: unknown };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

it('lets services use the key where they act on their own behalf, for what is ours', () => {
  const { state } = sharedTemplates();
  const { Statement } = resource(state, 'AWS::KMS::Key', 'StoreKey').Properties.KeyPolicy;
  const allowed = (Statement as Statement[])
    .filter(({ Principal }) => Principal.Service !== undefined)
    .map(({ Action, Principal, Condition = {} }) => ({
      service: [Principal.Service].flat().map(named).join(' and '),
      actions: Action,
      where: Object.values(Condition)
        .flatMap((conditions) => Object.entries(conditions))
        .map(([key, value]) => `${key} is ${named(value)}`),
    }));
  const decrypts = ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'];
  const events = 'arn:AWS::Partition:events:AWS::Region:AWS::AccountId';
  expect(allowed).toEqual([
    // Rules deliver to encrypted queues.
    { service: 'events.amazonaws.com', actions: decrypts, where: [] },
    // Alarms publish to encrypted topics, which forward to an encrypted queue.
    {
      service: 'cloudwatch.amazonaws.com and sns.amazonaws.com',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      where: [],
    },
    {
      service: 'logs.AWS::Region.amazonaws.com',
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      where: ['kms:EncryptionContext:aws:logs:arn is arn:AWS::Partition:logs:AWS::Region:AWS::AccountId:log-group:*'],
    },
    // The buses themselves are encrypted.
    ...['Bus', 'Outcomes'].map((bus) => ({
      service: 'events.amazonaws.com',
      actions: decrypts,
      where: [
        'aws:SourceAccount is AWS::AccountId',
        expect.stringContaining(`aws:SourceArn is ${events}:event-bus/BackstopPipeline${bus}`),
        expect.stringContaining(`aws:events:event-bus:arn is ${events}:event-bus/BackstopPipeline${bus}`),
      ],
    })),
  ]);
});
