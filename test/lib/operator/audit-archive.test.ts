import { Duration } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/config/validate-config.ts';
import type { PipelineOptions } from '../../../lib/pipeline/app.ts';
import { allowed, key, maySend, mayUseTables, statementsOf } from '../statements.ts';
import { named, resource, resourcesOf, sharedTemplates, synthesizeTemplates } from '../templates.ts';

const archived = (auditArchive: PipelineOptions['auditArchive']) =>
  synthesizeTemplates(
    { dependencies: { books: { kind: 'http', baseUrl: 'https://books.example.com' } } },
    { auditArchive, dashboards: false, health: false },
  );
const BUCKET = 'AWS::S3::Bucket';
const { app, pipeline: template } = archived({});

describe('the archive of the audit log', () => {
  it('is there for those only who ask for it', () => {
    const { pipeline } = sharedTemplates();
    expect(resourcesOf(pipeline, BUCKET)).toEqual({});
    expect(pipeline.toJSON().Outputs).not.toHaveProperty('AuditArchiveBucketName');
    expect(named(template.toJSON().Outputs.AuditArchiveBucketName.Value)).toBe('AuditArchiveBucket');
  });

  it('locks each object for a time, encrypts it, and outlives its stack', () => {
    expect(resource(template, BUCKET, 'PipelineAuditArchive')).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 400 } },
        },
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    const { Properties } = resource(template, BUCKET, 'PipelineAuditArchive');
    const [{ BucketKeyEnabled, ServerSideEncryptionByDefault: by }] =
      Properties.BucketEncryption.ServerSideEncryptionConfiguration;
    expect({ BucketKeyEnabled, with: by.SSEAlgorithm, key: named(by.KMSMasterKeyID) }).toEqual({
      BucketKeyEnabled: true,
      with: 'aws:kms',
      key: 'Key',
    });
  });

  it('has nothing that cdk-nag finds', () => {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('takes a mode and a time', () => {
    const { pipeline: other } = archived({ mode: 'compliance', retention: Duration.days(2_555) });
    expect(resource(other, BUCKET, 'PipelineAuditArchive').Properties.ObjectLockConfiguration.Rule).toEqual({
      DefaultRetention: { Mode: 'COMPLIANCE', Days: 2_555 },
    });
  });

  it('refuses what comes without TLS, and an object under a key that is taken', () => {
    const { Statement } = resource(template, 'AWS::S3::BucketPolicy', 'PipelineAuditArchive').Properties.PolicyDocument;
    expect(Statement).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      expect.objectContaining({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 's3:PutObject',
        Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      }),
    ]);
  });

  it('has a function that may put objects, and nothing else with them', () => {
    const statements = statementsOf(template).filter(({ role }) => role === 'AuditArchiveFunction');
    const { [key('s3')]: ofBucket, ...others } = allowed(statements.filter(({ Resource }) => Resource !== '*'));
    expect(ofBucket).toEqual(['kms:GenerateDataKey']);
    expect(others).toEqual({
      'AuditArchiveBucket/*': ['s3:PutObject'],
      'Audit.StreamArn': [
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
      ],
      LastResort: ['sqs:SendMessage'],
      AuditArchiveFunctionLogs: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ...mayUseTables,
      ...maySend,
    });
  });

  it('is fed by the stream of the audit table, which repeats what fails and loses nothing unseen', () => {
    const { Properties } = resource(template, 'AWS::Lambda::EventSourceMapping', 'PipelineAuditArchive');
    expect(named(Properties.EventSourceArn)).toBe('Audit.StreamArn');
    expect(Properties).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 43_200,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [expect.stringContaining('LastResort'), 'Arn'] } },
      },
    });
    expect(Properties).not.toHaveProperty('MaximumRetryAttempts');
    expect(Properties.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))).toEqual([
      { eventName: ['INSERT', 'MODIFY'] },
    ]);
  });

  it.each<[string, PipelineOptions['auditArchive']]>([
    ["auditArchive.mode must be one of 'governance', 'compliance', got 'legal'", { mode: 'legal' } as never],
    ['auditArchive.retention must be at least 1 day, got 23 hours', { retention: Duration.hours(23) }],
    ['auditArchive.retention must be at most 3650 days, got 3651 days', { retention: Duration.days(3_651) }],
    [
      'auditArchive.retention must be whole days (the unit of object lock), got 1 day 12 hours',
      { retention: Duration.hours(36) },
    ],
    ["unknown setting 'auditArchive.bucket'; valid settings: mode, retention", { bucket: 'mine' } as never],
  ])('fails the synth where its settings are wrong: %s', (mistake, auditArchive) => {
    expect(() => archived(auditArchive)).toThrow(new ConfigError([mistake]));
  });
});
