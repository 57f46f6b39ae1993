import { describe, expect, it } from 'vitest';
import { matches, meets } from '../../../tools/local/policies/conditions.ts';
import { isAllowed } from '../../../tools/local/policies/decide.ts';
import { ownRole, PolicyAccount, service } from '../../../tools/local/policies/policy-account.ts';
import type { Conditions, Context, Statement } from '../../../tools/local/policies/statement.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:orders';
const SEND: Statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE };
const everybody: Statement = { ...SEND, Principal: '*', Resource: '*' };

describe('a condition', () => {
  it.each<[Conditions, Context, boolean]>([
    [{ StringEquals: { 'events:source': 'a' } }, { 'events:source': 'a' }, true],
    [{ StringEquals: { 'events:source': ['a', 'b'] } }, { 'events:source': 'b' }, true],
    [{ StringEquals: { 'events:source': 'a' } }, { 'events:source': 'A' }, false],
    [{ StringEquals: { 'Events:Source': 'a' } }, { 'events:source': 'a' }, true],
    [{ StringEquals: { 'events:source': 'a' } }, {}, false],
    [{ StringEqualsIfExists: { 'events:source': 'a' } }, {}, true],
    [{ StringEqualsIfExists: { 'events:source': 'a' } }, { 'events:source': 'b' }, false],
    [{ StringEqualsIgnoreCase: { 'events:source': 'a' } }, { 'events:source': 'A' }, true],
    [{ StringNotEquals: { 'events:source': ['a', 'b'] } }, { 'events:source': 'b' }, false],
    [{ StringNotEquals: { 'events:source': ['a', 'b'] } }, { 'events:source': 'c' }, true],
    [{ StringNotEquals: { 'events:source': 'a' } }, {}, true],
    [{ StringLike: { k: 'my.*' } }, { k: 'my.shop' }, true],
    [{ StringLike: { k: 'my.?' } }, { k: 'my.shop' }, false],
    [{ StringNotLike: { k: ['backstop*', 'aws.*'] } }, { k: 'backstop.x' }, false],
    [{ StringEquals: { a: '1' }, StringLike: { b: '2' } }, { a: '1', b: '3' }, false],
    [{ StringEquals: { a: '1', b: '2' } }, { a: '1', b: '3' }, false],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:SecureTransport': false }, true],
    [{ Null: { k: 'true' } }, {}, true],
    [{ Null: { k: 'true' } }, { k: 'x' }, false],
    [{ NumericLessThanEquals: { k: '10' } }, { k: 9 }, true],
    [{ DateGreaterThan: { k: '2026-01-01T00:00:00Z' } }, { k: '2025-12-31T00:00:00Z' }, false],
    [{ ArnLike: { k: 'arn:aws:sns:*:1:x*' } }, { k: 'arn:aws:sns:eu-west-1:1:xy' }, true],
    // A wildcard stays in its part of the ARN.
    [{ ArnLike: { k: 'arn:aws:sns:*:x' } }, { k: 'arn:aws:sns:eu-west-1:1:x' }, false],
    // All values that exist match: none does.
    [{ 'ForAllValues:StringLike': { k: 'a#*' } }, { k: ['a#1', 'a#2'] }, true],
    [{ 'ForAllValues:StringLike': { k: 'a#*' } }, { k: ['a#1', 'b#2'] }, false],
    [{ 'ForAllValues:StringLike': { k: 'a#*' } }, {}, true],
    [{ 'ForAnyValue:StringLike': { k: 'a#*' } }, { k: ['a#1', 'b#2'] }, true],
    [{ 'ForAnyValue:StringLike': { k: 'a#*' } }, {}, false],
    [{ StringLike: { k: `\${aws:PrincipalTag/team}#*` } }, { k: 'shop#1', 'aws:PrincipalTag/team': 'shop' }, true],
    [{ StringLike: { k: `\${aws:PrincipalTag/team}#*` } }, { k: '#1' }, false],
    [{ StringLike: { k: `\${aws:PrincipalTag/team, 'none'}` } }, { k: 'none' }, true],
  ])('%j of a request with %j: %s', (conditions, context, expected) => {
    expect(meets(conditions, context)).toBe(expected);
  });

  it('that the engine does not know raises an error, not a permission', () => {
    expect(() => meets({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, {})).toThrow('IpAddress is not known');
    expect(() => meets({ StringLike: { k: 'a*' } }, { k: ['a', 'b'] })).toThrow('needs ForAllValues or ForAnyValue');
  });
});

it.each([
  ['*', '', true],
  ['a*c', 'abbc', true],
  ['a*c', 'ac', true],
  ['a*c', 'abcd', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  ['**', 'x', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['ab*b', 'ab', false],
  ['x-??????', 'x-AbCdEf', true],
  ['x-??????', 'x-AbCdEfG', false],
])('the pattern %s matches %s: %s', (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected);
});

describe('a request', () => {
  const allowed = (own: readonly Statement[], ofResource: readonly Statement[] = [], account?: string) =>
    isAllowed(
      { by: ownRole('Producer', own, account), action: 'sqs:SendMessage', resource: QUEUE, context: {} },
      ofResource,
    );
  const deny: Statement = { ...SEND, Effect: 'Deny' };
  const byAccount: Statement = { ...SEND, Principal: { AWS: 'arn:aws:iam::000000000000:root' } };

  it.each<[string, readonly Statement[], readonly Statement[], boolean]>([
    ['nobody allows', [], [], false],
    ['its identity allows', [SEND], [], true],
    ['the resource allows', [], [everybody], true],
    ['its identity denies', [SEND, deny], [everybody], false],
    ['the resource denies', [SEND], [{ ...everybody, Effect: 'Deny' }], false],
    ['the resource denies to others', [SEND], [{ ...deny, Principal: { AWS: 'arn:aws:iam::1:role/Other' } }], true],
    ['the resource leaves it to the account', [], [byAccount], false],
    ['another action is allowed', [{ ...SEND, Action: 'sqs:ReceiveMessage' }], [], false],
    ['another resource is allowed', [{ ...SEND, Resource: `${QUEUE}-2` }], [], false],
    ['a pattern allows, in other letters', [{ ...SEND, Action: 'SQS:Send*', Resource: 'arn:aws:sqs:*' }], [], true],
    ['all but that action is allowed', [{ Effect: 'Allow', NotAction: 'sqs:Send*', Resource: '*' }], [], false],
    ['all but another resource is denied', [SEND, { ...deny, Resource: undefined, NotResource: 'x' }], [], false],
  ])('where %s', (_, own, ofResource, expected) => {
    expect(allowed(own, ofResource)).toBe(expected);
  });

  it('from another account needs both policies', () => {
    const account = '111122223333';
    const theirs: Statement = { ...SEND, Principal: { AWS: account } };
    expect(allowed([SEND], [], account)).toBe(false);
    expect(allowed([], [everybody], account)).toBe(false);
    expect(allowed([SEND], [byAccount], account)).toBe(false);
    expect(allowed([SEND], [theirs], account)).toBe(true);
  });

  it('for a key needs the policy of the key', () => {
    const key = 'arn:aws:kms:us-east-1:000000000000:key/1';
    const own: Statement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key };
    const request = { by: ownRole('Reader', [own]), action: 'kms:Decrypt', resource: key, context: {} };
    expect(isAllowed(request, [])).toBe(false);
    expect(isAllowed(request, [{ ...byAccount, Action: 'kms:*', Resource: '*' }])).toBe(true);
    expect(isAllowed({ ...request, by: ownRole('Reader', []) }, [{ ...byAccount, Action: 'kms:*' }])).toBe(false);
  });

  it('of a service needs a policy of the resource that names it', () => {
    const request = { by: service('sns'), action: 'sqs:SendMessage', resource: QUEUE, context: {} };
    const only = (name: string): Statement => ({ ...SEND, Principal: { Service: `${name}.amazonaws.com` } });
    expect(isAllowed(request, [])).toBe(false);
    expect(isAllowed(request, [only('events')])).toBe(false);
    expect(isAllowed(request, [only('sns')])).toBe(true);
  });

  it('tells who makes it', () => {
    const insecure: Statement = { ...everybody, Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': false } } };
    const others: Statement = {
      ...everybody,
      Effect: 'Deny',
      Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::000000000000:role/Prod*' } },
    };
    expect(allowed([SEND], [insecure, others])).toBe(true);
    expect(allowed([SEND], [others], '111122223333')).toBe(false);
  });
});

describe('an account of a template', () => {
  const ref = (id: string) => ({ Ref: id });
  const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
  const policy = (Statement: unknown) => ({ Statement });
  const role = (Properties: object) => ({ Type: 'AWS::IAM::Role', Properties });
  const send = { ...SEND, Resource: arn('Orders11111111') };
  const Resources = {
    Orders11111111: { Type: 'AWS::SQS::Queue' },
    Others22222222: { Type: 'AWS::SQS::Queue' },
    Table33333333: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { GlobalSecondaryIndexes: [{ IndexName: 'pending' }], StreamSpecification: {} },
    },
    InlineRole44444444: role({ Policies: [{ PolicyDocument: policy(send) }] }),
    AttachedRole55555555: role({ ManagedPolicyArns: [ref('Managed66666666')] }),
    Managed66666666: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: policy([send]) } },
    OtherRole77777777: role({}),
    OtherPolicy88888888: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [ref('OtherRole77777777')],
        PolicyDocument: policy({
          Effect: 'Allow',
          Action: 'dynamodb:Query',
          Resource: { 'Fn::Join': ['', [arn('Table33333333'), '/index/*']] },
          Condition: { StringEquals: { 'dynamodb:Select': 'COUNT' } },
        }),
      },
    },
    QueuePolicy99999999: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [ref('Orders11111111')],
        PolicyDocument: policy([
          { ...everybody, Effect: 'Deny', Principal: { AWS: arn('AttachedRole55555555') } },
          { ...send, Principal: { Service: 'sns.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': 'a' } } },
        ]),
      },
    },
  };
  const account = new PolicyAccount({ Shop: { Resources } });
  const may = (name: string, queue: string) => account.may(account.role(name), 'sqs:SendMessage', account.arn(queue));

  it('takes policies wherever they are attached', () => {
    expect(account.roles).toEqual(['Inline', 'Attached', 'Other']);
    expect(may('Inline', 'Orders')).toBe(true);
    expect(may('Inline', 'Others')).toBe(false);
    expect(may('Attached', 'Orders')).toBe(false);
    expect(may('Other', 'Orders')).toBe(false);
    expect(account.may(account.holderOf('Managed'), 'sqs:SendMessage', account.arn('Orders'))).toBe(true);
    const topic = (from: string, queue: string) =>
      account.may(service('sns'), 'sqs:SendMessage', account.arn(queue), { 'aws:SourceArn': from });
    expect([topic('a', 'Orders'), topic('b', 'Orders'), topic('a', 'Others')]).toEqual([true, false, false]);
  });

  it('knows all that a role may reach under some circumstances', () => {
    expect(account.reach(account.role('Inline'))).toEqual(['sqs:SendMessage Orders']);
    expect(account.reach(account.role('Attached'))).toEqual([]);
    expect(account.reach(account.role('Other'))).toEqual([
      'dynamodb:Query Table/index/*',
      'dynamodb:Query Table/index/pending',
    ]);
    expect(account.reach(ownRole('Admin', [{ Effect: 'Allow', Action: '*', Resource: '*' }]))).toEqual([
      'dynamodb:Query *',
      'sqs:SendMessage *',
    ]);
  });

  it('does not guess', () => {
    expect(() => account.arn('Nowhere')).toThrow('0 resources are named Nowhere');
    const limited = { Limited: role({ PermissionsBoundary: 'x' }) };
    expect(() => new PolicyAccount({ Shop: { Resources: limited } }).role('Limited')).toThrow('boundary of Limited');
    const foreign = { Foreign: role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }) };
    expect(() => new PolicyAccount({ Shop: { Resources: foreign } }).role('Foreign')).toThrow('not in the stacks');
  });
});
