import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { allowed, maySend, mayUseTables, type Statement } from '../statements.ts';
import { resourcesOf, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();

describe('the on-call engineer', () => {
  const policies = (template: Template) =>
    Object.values(resourcesOf(template, 'AWS::IAM::ManagedPolicy')).map(
      ({ Properties }) => Properties.PolicyDocument as { readonly Statement: readonly Statement[] },
    );

  it('may do what the tool does, and no more', () => {
    expect(policies(pipeline)).toHaveLength(1);
    const moving = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
    const lanes = ['PaymentsLane', 'StockLevelsLane'].map((lane) => ({
      [`${lane}Queue`]: ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
      [`${lane}DeadLetters`]: moving,
      [`arn:AWS::Partition:lambda:AWS::Region:AWS::AccountId:event-source-mapping:${lane}Source`]: [
        'lambda:GetEventSourceMapping',
        'lambda:UpdateEventSourceMapping',
      ],
    }));
    expect(allowed(policies(pipeline).flatMap(({ Statement }) => Statement))).toEqual({
      'arn:AWS::Partition:cloudformation:AWS::Region:AWS::AccountId:stack/BackstopPipeline/*': [
        'cloudformation:DescribeStacks',
        'cloudformation:ListStackResources',
      ],
      '*': ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'],
      ...Object.fromEntries(
        ['Overview', 'Cost'].map((name) => [
          `arn:AWS::Partition:cloudwatch::AWS::AccountId:dashboard/Dashboards${name}Dashboard`,
          ['cloudwatch:GetDashboard'],
        ]),
      ),
      Ledger: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      'Ledger/index/pending': ['dynamodb:Query'],
      'Ledger/index/correlation': ['dynamodb:Query'],
      Circuits: ['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem'],
      ...mayUseTables,
      'Bus events:detail-type Operation Failed events:source backstop': ['events:PutEvents'],
      RecoveryMachine: ['states:SendTaskSuccess'],
      Rejects: ['sqs:GetQueueAttributes'],
      LastResort: ['sqs:GetQueueAttributes'],
      NotifierUndelivered: ['sqs:GetQueueAttributes'],
      ParkedQueue: moving,
      ...Object.assign({}, ...lanes),
      ...maySend,
    });
  });

  it('has a policy more for every four lanes, none of them longer than IAM lets it be', () => {
    const found = policies(sharedTemplates('dozenLanes').pipeline);
    expect(found).toHaveLength(3);
    // The longest value that CloudFormation inserts is the ARN of a queue with an 80-character name.
    for (const policy of found) expect(JSON.stringify(policy, deployed).length).toBeLessThanOrEqual(6_144);
  });

  function deployed(_: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if ('Fn::Join' in value) return (value['Fn::Join'] as [string, unknown[]])[1].map(stood).join('');
    return 'Ref' in value || 'Fn::GetAtt' in value || 'Fn::ImportValue' in value ? stood(value) : value;
  }

  function stood(part: unknown): string {
    if (typeof part === 'string') return part;
    const { Ref = '' } = part as { readonly Ref?: string };
    return { 'AWS::Partition': 'aws', 'AWS::Region': 'ap-southeast-2', 'AWS::AccountId': '1'.repeat(12) }[Ref] ?? ARN;
  }
});

const ARN = `arn:aws:sqs:ap-southeast-2:${'1'.repeat(12)}:${'q'.repeat(80)}`;
