import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SHOWN_ATTRIBUTES } from '../../../lambdas/contract/ledger-entry.ts';
import { allowed, list, maySend, mayUseTables, type Statement } from '../statements.ts';
import { resourcesOf, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();

const request = (route: string) =>
  `arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:OperatorApi/$default/POST/${route}`;
const LANES = 'arn:AWS::Partition:ssm:AWS::Region:AWS::AccountId:parameter/backstop/BackstopPipeline/Pipeline';

describe('the on-call engineer', () => {
  /** Managed policies whose construct has such a name. */
  const policies = (template: Template, name = /OperatorAccess(Policy|Lanes)/) =>
    Object.entries(resourcesOf(template, 'AWS::IAM::ManagedPolicy'))
      .filter(([id]) => name.test(id))
      .map(([, { Properties }]) => Properties.PolicyDocument as { readonly Statement: readonly Statement[] });

  it('may do what the tool does, and no more', () => {
    expect(policies(pipeline)).toHaveLength(2);
    const moving = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
    const part = (resource: string, name: string) =>
      `arn:AWS::Partition:${resource}:* aws:ResourceTag/backstop:lane-part BackstopPipeline/Pipeline ${name}`;
    const lanes = {
      [part('sqs:AWS::Region:AWS::AccountId', 'queue')]: [
        'sqs:GetQueueAttributes',
        'sqs:ListQueueTags',
        'sqs:SendMessage',
      ],
      [part('sqs:AWS::Region:AWS::AccountId', 'ordered-queue')]: ['sqs:GetQueueAttributes', 'sqs:ListQueueTags'],
      [part('sqs:AWS::Region:AWS::AccountId', 'dead-letters')]: [...moving, 'sqs:ListQueueTags'].toSorted(),
      [part('lambda:AWS::Region:AWS::AccountId:event-source-mapping', 'source')]: ['lambda:GetEventSourceMapping'],
      [LANES]: ['ssm:GetParametersByPath'],
      [`${LANES}/*`]: ['ssm:GetParametersByPath'],
    };
    expect(allowed(policies(pipeline).flatMap(({ Statement }) => Statement))).toEqual({
      'arn:AWS::Partition:cloudformation:AWS::Region:AWS::AccountId:stack/BackstopPipeline/*': [
        'cloudformation:DescribeStacks',
        'cloudformation:ListStackResources',
      ],
      '*': ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'sqs:ListQueues'],
      ...Object.fromEntries(
        ['Overview', 'Cost'].map((name) => [
          `arn:AWS::Partition:cloudwatch::AWS::AccountId:dashboard/Dashboards${name}Dashboard`,
          ['cloudwatch:GetDashboard'],
        ]),
      ),
      [`Ledger dynamodb:Attributes ${SHOWN_ATTRIBUTES.join(' or ')} dynamodb:Select SPECIFIC_ATTRIBUTES`]: [
        'dynamodb:GetItem',
      ],
      'Ledger dynamodb:LeadingKeys incidents#* or redrive#*': ['dynamodb:GetItem'],
      'Ledger/index/pending': ['dynamodb:Query'],
      'Ledger/index/correlation': ['dynamodb:Query'],
      'Ledger/index/failure': ['dynamodb:Query'],
      'Ledger/index/dead': ['dynamodb:Query'],
      Circuits: ['dynamodb:GetItem', 'dynamodb:Scan'],
      Audit: ['dynamodb:Query'],
      ...Object.fromEntries(['', 'view'].map((route) => [request(route), ['execute-api:Invoke']])),
      ...mayUseTables,
      Rejects: ['sqs:GetQueueAttributes'],
      LastResort: ['sqs:GetQueueAttributes'],
      NotifierUndelivered: ['sqs:GetQueueAttributes'],
      ParkedQueue: moving,
      ...lanes,
      ...maySend,
    });
  });

  it('may look and no more with the policies of a reader, and reveal with one of its own', () => {
    const reads = policies(pipeline, /OperatorAccessRead/).flatMap(({ Statement }) => Statement);
    const actions = reads.flatMap(({ Action }) => list(Action));
    expect(
      actions.filter((action) => WRITES.test(action) || /^sqs:(?!GetQueueAttributes|ListQueue)/.test(action)),
    ).toEqual([]);
    expect(actions.length).toBeGreaterThan(15);
    expect(Object.keys(allowed(reads)).filter((resource) => resource.includes('execute-api'))).toEqual([
      request('view'),
    ]);
    const reveal = policies(pipeline, /OperatorAccessReveal/).flatMap(({ Statement }) => Statement);
    expect(allowed(reveal)).toEqual({ [request('reveal')]: ['execute-api:Invoke'] });
  });

  const WRITES =
    /^(\*|dynamodb:(\*|Put|Update|Delete|BatchWrite|PartiQL(Insert|Update|Delete))|events:|states:|lambda:(\*|Invoke|Update))/;

  it.each(['pipeline', 'dozenLanes'] as const)('may write no item, put no event and call no function: %s', (config) => {
    const { pipeline: template } = config === 'pipeline' ? sharedTemplates() : sharedTemplates(config);
    const actions = policies(template).flatMap(({ Statement }) => Statement.flatMap(({ Action }) => list(Action)));
    expect(actions.length).toBeGreaterThan(20);
    expect(actions.filter((action) => WRITES.test(action))).toEqual([]);
    for (const planted of ['dynamodb:*', 'dynamodb:PutItem', 'events:PutEvents', 'lambda:InvokeFunction', '*'])
      expect(planted).toMatch(WRITES);
  });

  it('has the same policies for any number of lanes, no longer than IAM lets it be', () => {
    const found = policies(sharedTemplates('dozenLanes').pipeline, /./);
    expect(found).toHaveLength(5);
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
    return PSEUDO[Ref] ?? ARN;
  }
});

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'ap-southeast-2',
  'AWS::AccountId': '1'.repeat(12),
  'AWS::URLSuffix': 'amazonaws.com',
};
const ARN = `arn:aws:sqs:ap-southeast-2:${'1'.repeat(12)}:${'q'.repeat(80)}`;
