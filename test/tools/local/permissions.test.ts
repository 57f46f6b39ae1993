import { describe, expect, it } from 'vitest';
import { Permissions, type Statement } from '../../../tools/local/permissions.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/ledger';
const READ: readonly Statement[] = [
  {
    Action: 'dynamodb:GetItem',
    Resource: TABLE,
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['id', 'state'] },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      Null: { 'dynamodb:Attributes': 'false' },
    },
  },
  {
    Action: ['dynamodb:GetItem'],
    Resource: [TABLE],
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['runs#*'] } },
  },
  { Action: 'dynamodb:Query', Resource: `${TABLE}/index/dead` },
  { Action: 'sqs:GetQueueAttributes', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/part': 'queue' } } },
];

describe('the permissions of a user in the embedded cloud', () => {
  const permissions = new Permissions(() => READ);
  const user = permissions.add(['arn:aws:iam::000000000000:policy/read']);
  const may = (service: string, operation: string, body: object = {}, who = user) =>
    permissions.allows(who, permissions.permitOf(service, operation, JSON.stringify(body)));
  const get = (id: string, more: object = {}) =>
    may('dynamodb', 'GetItem', { TableName: 'ledger', Key: { id: { S: id } }, ...more });

  it.each([
    ['the allowed attributes', { ProjectionExpression: 'id, #s', ExpressionAttributeNames: { '#s': 'state' } }, true],
    ['one more', { ProjectionExpression: 'id, failure' }, false],
    ['a part of one more', { ProjectionExpression: 'id, failure.operation' }, false],
    ['all attributes', {}, false],
  ])('allow a read of %s, or not', (_, request, allowed) => {
    expect(get('orders/1', request)).toBe(allowed);
  });

  it('allow keys that begin like the pattern, and one index of the table', () => {
    expect([get('runs#orders'), get('sruns#orders')]).toEqual([true, false]);
    const query = (IndexName?: string) => may('dynamodb', 'Query', { TableName: 'ledger', IndexName });
    expect([query('dead'), query('failure'), query()]).toEqual([true, false, false]);
  });

  it('name the action, and nobody else lacks any', () => {
    expect([may('sqs', 'GetQueueAttributes'), may('sqs', 'ReceiveMessage')]).toEqual([true, false]);
    expect(may('sqs', 'ReceiveMessage', {}, 'local')).toBe(true);
  });

  it('refuse a condition that they do not know', () => {
    const odd = new Permissions(() => [
      { Action: 'a:B', Resource: '*', Condition: { IpAddress: { 'dynamodb:Select': 'x' } } },
    ]);
    const permit = { action: 'a:B', context: { 'dynamodb:Select': ['x'] } };
    expect(() => odd.allows(odd.add(['p']), permit)).toThrow('IpAddress');
  });
});
