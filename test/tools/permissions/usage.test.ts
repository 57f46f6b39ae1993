import { describe, expect, it } from 'vitest';
import { PolicyAccount } from '../../../tools/local/policies/policy-account.ts';
import type { Statement } from '../../../tools/local/policies/statement.ts';
import { type GrantedLine, Usage } from '../../../tools/local/policies/usage.ts';
import { idle, unexplained, unneeded } from '../../../tools/permissions/unneeded.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:Own-Queue';

/** An account of one role with these statements, and what no call to its queue needs. */
function afterCalls(statements: readonly Statement[], ...actions: readonly string[]) {
  const lines: GrantedLine[] = [];
  const account = new PolicyAccount({
    Own: {
      Resources: {
        PaymentsLaneWorkerRole: {
          Type: 'AWS::IAM::Role',
          Properties: { Policies: [{ PolicyDocument: { Statement: statements } }] },
        },
        Queue: { Type: 'AWS::SQS::Queue' },
      },
    },
  });
  const usage = new Usage(account, (line) => lines.push(line));
  const by = account.role('PaymentsLaneWorker');
  for (const action of actions) usage.note({ by, action, resource: QUEUE, context: {} }, []);
  return unneeded(lines);
}

const owner = '*LaneWorkerRole';
const [send, receive] = ['sqs:SendMessage', 'sqs:ReceiveMessage'];

describe('what no call needs', () => {
  it('is nothing if each action and resource had a call', () => {
    expect(afterCalls([{ Action: [send, receive], Resource: QUEUE }], send, receive)).toEqual([]);
  });

  it.each<[string, readonly Statement[], readonly string[], object]>([
    [
      'an action without a call',
      [{ Action: [send, receive], Resource: QUEUE }],
      [send],
      { actions: [receive], resources: [], isWhole: false },
    ],
    [
      'a resource without a call',
      [{ Action: send, Resource: [QUEUE, 'arn:other'] }],
      [send],
      { actions: [], resources: ['arn:other'], isWhole: false },
    ],
    [
      'a whole statement without a call',
      [{ Action: send, Resource: QUEUE }],
      [],
      { actions: [send], resources: ['Queue'], isWhole: true },
    ],
    [
      'each of two statements that allow the same',
      [
        { Action: send, Resource: QUEUE },
        { Action: send, Resource: QUEUE },
      ],
      [send],
      { actions: [send], resources: ['Queue'], isWhole: true },
    ],
  ])('is %s', (_, statements, calls, finding) => {
    expect(afterCalls(statements, ...calls)).toEqual([{ owner, condition: '', ...finding }]);
  });

  it('is explained by an exception for just that action', () => {
    const [found] = afterCalls([{ Action: [send, receive], Resource: QUEUE }]);
    const explained = (...actions: readonly string[]) =>
      found && unexplained(found, [{ owner: /LaneWorker/, actions, reason: 'only AWS does that' }]);
    expect(explained(send)).toMatchObject({ actions: [receive] });
    expect(explained(send, receive)).toBeUndefined();
  });

  it('shows exceptions that explain nothing any more', () => {
    const found = afterCalls([{ Action: [send, receive], Resource: QUEUE }], send);
    const exception = (action: string) => ({ owner: /Worker/, actions: [action], reason: action });
    expect(idle(found, [exception(send), exception(receive)])).toEqual([send]);
  });
});
