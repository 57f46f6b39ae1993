import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { BackstopConfig } from '../../../lib/config/dependency-config.ts';
import { sharedTemplates, synthesizeTemplates } from '../templates.ts';

interface AnyResource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

const resources = (...templates: readonly Template[]) =>
  templates.flatMap((template) => Object.values<AnyResource>(template.toJSON().Resources));

/** Every construct that a config can bring. */
const everything: BackstopConfig = {
  dependencies: {
    payments: {
      kind: 'http',
      baseUrl: 'https://a.example',
      ordered: true,
      redrive: { automatic: true },
      conflict: { strategy: 'ask' },
    },
    jobs: {
      kind: 'queue',
      queueArn: 'arn:aws:sqs:us-east-1:111122223333:jobs',
      deadLetterQueueArn: 'arn:aws:sqs:us-east-1:111122223333:jobs-dead',
    },
  },
};

describe('the stacks of a pipeline', () => {
  const destroyed = synthesizeTemplates(everything, { removal: 'destroy' });

  it('leave nothing if the config says so', () => {
    const all = resources(destroyed.state, destroyed.pipeline);
    const staying = all.filter(
      ({ DeletionPolicy = 'Delete', UpdateReplacePolicy = 'Delete', Properties = {} }) =>
        DeletionPolicy !== 'Delete' ||
        UpdateReplacePolicy !== 'Delete' ||
        Object.entries(Properties).some(([name, value]) => /Protect(?:ion|ed)/.test(name) && value === true),
    );
    expect(staying).toEqual([]);
    // CloudFormation can't empty a bucket or a repository.
    expect(all.filter(({ Type }) => /^AWS::(?:S3|ECR|Backup)::/.test(Type))).toEqual([]);
    expect(all.find(({ Type }) => Type === 'AWS::KMS::Key')?.Properties).toMatchObject({ PendingWindowInDays: 7 });
  });

  it('have no log group that a service creates by itself, and that would stay', () => {
    const all = resources(destroyed.state, destroyed.pipeline);
    const functions = all.filter(({ Type }) => Type === 'AWS::Lambda::Function');
    expect(functions.map(({ Properties }) => Properties?.LoggingConfig)).toEqual(
      functions.map(() => expect.objectContaining({ LogGroup: expect.anything() })),
    );
  });

  it('keep what may hold failures otherwise', () => {
    const { state, pipeline } = sharedTemplates();
    const kept = resources(state, pipeline).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain');
    expect(new Set(kept.map(({ Type }) => Type))).toEqual(
      new Set(['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::SQS::Queue', 'AWS::SQS::QueuePolicy']),
    );
    const queues = resources(pipeline).filter(({ Type }) => Type === 'AWS::SQS::Queue');
    expect(queues.every(({ DeletionPolicy }) => DeletionPolicy === 'Retain')).toBe(true);
  });
});
