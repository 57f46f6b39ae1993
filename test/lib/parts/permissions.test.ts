import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { allowReceive, allowSend } from '../../../lib/parts/permissions.ts';
import { allowed, key, statementsOf } from '../statements.ts';
import { named, ownStack, resource, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();

/** Tests the only role of a minimal stack: a sender and receiver needs the key for both. */
describe('who', () => {
  it.each([
    ['only sends', allowSend, ['sqs:SendMessage'], ['kms:Decrypt', 'kms:GenerateDataKey']],
    [
      'only receives',
      allowReceive,
      ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      ['kms:Decrypt'],
    ],
  ] as const)('%s has the key for that', (_, allow, onQueue, onKey) => {
    const stack = ownStack();
    const encryptionMasterKey = new Key(stack, 'Key');
    const queue = new Queue(stack, 'Queue', { encryptionMasterKey });
    allow(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }), queue);
    expect(allowed(statementsOf(Template.fromStack(stack)))).toEqual({ Queue: onQueue, [key('sqs')]: onKey });
  });
});

describe('EventBridge', () => {
  it.each([
    ['Rejects', ['UnroutableRule']],
    ['LastResort', ['Bus', 'Outcomes', 'ReconcilerOwnExecutionRule', 'ReconcilerScheduleRule', 'UnroutableRule']],
    ['PaymentsLaneQueue', ['PaymentsLaneRule']],
    ['PaymentsLaneDeadLetters', ['PaymentsLaneRule']],
    ['StockLevelsLaneQueue', ['StockLevelsLaneRule']],
    ['StockLevelsLaneDeadLetters', ['StockLevelsLaneRule']],
  ])('may send to %s on behalf of %s only', (queue, sources) => {
    const { PolicyDocument, Queues } = resource(pipeline, 'AWS::SQS::QueuePolicy', `Pipeline${queue}Policy`).Properties;
    expect(Queues.map(named)).toEqual([queue]);
    // Roles of Backstop stand in the policies of lanes' queues, too: see the tests of roles.
    const allows = PolicyDocument.Statement.filter(
      ({ Effect, Principal }: { Effect: string; Principal: { Service?: string } }) =>
        Effect === 'Allow' && Principal.Service !== undefined,
    );
    for (const statement of allows) {
      expect(statement).toMatchObject({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': expect.anything() } },
      });
      expect(named(statement.Resource)).toBe(queue);
    }
    const senders = allows.map((statement: { Condition: { ArnEquals: { 'aws:SourceArn': unknown } } }) =>
      named(statement.Condition.ArnEquals['aws:SourceArn']),
    );
    expect(senders.toSorted()).toEqual(sources);
  });
});
