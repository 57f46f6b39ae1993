import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ExecutionRecord, startCloud } from '../../../tools/local/cloud.ts';
import { VirtualClock } from '../../../tools/local/virtual-clock.ts';
import { onClock } from '../../support/on-clock.ts';
import { writeAssembly } from './fixture/write-assembly.ts';

let clock: VirtualClock;
beforeAll(() => {
  clock = new VirtualClock();
});
afterAll(() => clock.uninstall());

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:One-Fn';

/** Returns its input, after as many failures as the input says. */
const CODE = `
export const handler = async (event) => {
  if (event.retry < event.fails) throw Object.assign(new Error('again'), { name: 'AgainError' });
  return event;
};`;

/** Runs an execution to its end. */
async function run(definition: object, input: unknown): Promise<ExecutionRecord & { readonly sfn: SFNClient }> {
  const Fn = {
    Type: 'AWS::Lambda::Function',
    Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 10, Code: { S3Key: '1.zip' } },
  };
  const Machine = {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: { DefinitionString: JSON.stringify(definition) },
  };
  const Resources = { Fn, Machine, Queue: { Type: 'AWS::SQS::Queue' }, Topic: { Type: 'AWS::SNS::Topic' } };
  const cloud = await clock.run(startCloud({ assembly: writeAssembly({ One: { Resources } }, CODE) }));
  onTestFinished(() => cloud.stop());
  const { endpoint, credentials } = cloud;
  const sfn = onClock(clock, new SFNClient({ endpoint, credentials, region: 'us-east-1' }));
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:One-Machine';
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
  await clock.until(async () => {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).not.toBe('RUNNING');
  });
  return { ...(cloud.executions[0] as ExecutionRecord), sfn };
}

const machine = (states: object) => ({ StartAt: Object.keys(states)[0], States: states });

describe('a state machine', () => {
  it('has its own context in each iteration, though they interleave', async () => {
    const Parameters = {
      'state.$': '$$.State.Name',
      'retry.$': '$$.State.RetryCount',
      'item.$': '$.item',
      'fails.$': '$.item',
    };
    const Retry = [{ ErrorEquals: ['AgainError'], IntervalSeconds: 1, MaxAttempts: 5, JitterStrategy: 'FULL' }];
    const Work = { Type: 'Task', Resource: FUNCTION, Parameters, Retry, End: true };
    const ItemSelector = { 'item.$': '$$.Map.Item.Value' };
    const All = { Type: 'Map', ItemSelector, ItemProcessor: machine({ Work }), End: true };
    const { output = '' } = await run(machine({ All }), [0, 3, 1]);
    expect(JSON.parse(output)).toMatchObject([0, 3, 1].map((item) => ({ item, retry: item, state: 'Work' })));
  });

  it('waits until a timestamp, and for seconds', async () => {
    const Until = { Type: 'Wait', TimestampPath: '$.until', Next: 'Past' };
    const Past = { Type: 'Wait', TimestampPath: '$.past', Next: 'Named' };
    const Named = { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Fixed' };
    const Fixed = { Type: 'Wait', Seconds: 50, End: true };
    const input = {
      until: new Date(Date.now() + 90_000).toISOString(),
      past: '2026-01-01T00:00:00.000Z',
      seconds: 50,
    };
    const { output = '', steps } = await run(machine({ Until, Past, Named, Fixed }), input);
    const [until = [], past = [], named = [], fixed = []] = ['Until', 'Past', 'Named', 'Fixed'].map((name) =>
      steps.filter(({ state }) => state === name).map(({ at }) => at.getTime()),
    );
    const lasted = ([entered = 0, left = 0]: number[]) => left - entered;
    expect(JSON.parse(output)).toEqual(input);
    expect(until[1]).toBe(Date.parse(input.until));
    expect([past, named, fixed].map(lasted)).toEqual([0, 50_000, 50_000]);
  });

  it('times out as a whole, and fails by a Fail state with its error', async () => {
    const Wait = { Type: 'Wait', Seconds: 3_000_000_000, End: true };
    expect(await run({ ...machine({ Wait }), TimeoutSeconds: 1 }, {})).toMatchObject({ status: 'TIMED_OUT' });
    const Fail = { Type: 'Fail', Error: 'Broken', Cause: 'because' };
    expect(await run(machine({ Fail }), {})).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'because' });
    const Silent = { Type: 'Fail', Error: 'Broken' };
    expect(await run(machine({ Silent }), {})).toMatchObject({ status: 'FAILED', error: 'Broken', cause: undefined });
  });

  it('tells its history from either end, page by page, with the data of each state', async () => {
    const Fails = {
      Type: 'Task',
      Resource: FUNCTION,
      Parameters: { retry: 0, fails: 1 },
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Noted' }],
      End: true,
    };
    const Noted = { Type: 'Pass', Result: true, ResultPath: '$.noted', End: true };
    const Both = { Type: 'Parallel', Branches: [machine({ Fails, Noted })], ResultPath: '$.both', Next: 'Broken' };
    const Broken = { Type: 'Fail', Error: 'Broken', Cause: 'because' };
    const { arn: executionArn, sfn } = await run(machine({ Both, Broken }), { id: 1 });
    const page = (reverseOrder: boolean, nextToken?: string) =>
      sfn.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder, maxResults: 4, nextToken }));
    const { events: first = [], nextToken } = await page(false);
    const { events: second = [], nextToken: third } = await page(false, nextToken);
    const { events: last = [], ...rest } = await page(false, third);
    expect(rest.nextToken).toBeUndefined();
    const all = [...first, ...second, ...last];
    const told = all.map(({ id, type, stateEnteredEventDetails, stateExitedEventDetails }) => {
      const { name, input, output } = { input: undefined, ...stateEnteredEventDetails, ...stateExitedEventDetails };
      const data = input ?? output;
      return [id, type, name, data === undefined ? undefined : JSON.parse(data)];
    });
    const error = expect.objectContaining({ Error: 'AgainError' });
    const both = [{ id: 1, error, noted: true }];
    expect(told).toEqual([
      [1, 'ExecutionStarted', undefined, undefined],
      [2, 'ParallelStateEntered', 'Both', { id: 1 }],
      [3, 'TaskStateEntered', 'Fails', { id: 1 }],
      [4, 'TaskStateExited', 'Fails', { id: 1, error }],
      [5, 'PassStateEntered', 'Noted', { id: 1, error }],
      [6, 'PassStateExited', 'Noted', both[0]],
      [7, 'ParallelStateExited', 'Both', { id: 1, both }],
      [8, 'FailStateEntered', 'Broken', { id: 1, both }],
      [9, 'ExecutionFailed', undefined, undefined],
    ]);
    expect(all.at(-1)?.executionFailedEventDetails).toEqual({ error: 'Broken', cause: 'because' });
    expect((await page(true)).events).toEqual(all.toReversed().slice(0, 4));
  });

  it('resumes at the failed state, once for each requested redrive', async () => {
    const Parameters = { retry: 0, 'fails.$': '$.fails' };
    const Prepare = { Type: 'Pass', Next: 'Work' };
    const Work = { Type: 'Task', Resource: FUNCTION, Parameters, End: true };
    const { arn: executionArn, sfn, status, steps } = await run(machine({ Prepare, Work }), { fails: 1 });
    expect(status).toBe('FAILED');
    for (const clientToken of ['a', 'a']) await sfn.send(new RedriveExecutionCommand({ executionArn, clientToken }));
    await clock.until(async () => {
      const described = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      expect(described).toMatchObject({ status: 'FAILED', redriveCount: 1, redriveStatus: 'REDRIVABLE' });
    });
    const entered = steps.filter(({ type }) => type === 'StateEntered').map(({ state }) => state);
    expect(entered).toEqual(['Prepare', 'Work', 'Work']);
    const done = await run(machine({ Done: { Type: 'Succeed' } }), {});
    const again = done.sfn.send(new RedriveExecutionCommand({ executionArn: done.arn }));
    await expect(again).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  });

  it('calls services directly', async () => {
    const task = (name: string, Parameters: object, Next: string | undefined) => ({
      Type: 'Task',
      Resource: `arn:aws:states:::${name}`,
      Parameters,
      ResultPath: `$.${name.split(':')[0]}`,
      ...(Next === undefined ? { End: true } : { Next }),
    });
    const MessageBody = { 'id.$': '$.id' };
    const TopicArn = 'arn:aws:sns:us-east-1:000000000000:One-Topic';
    const Entries = [{ Source: 'test', DetailType: 'Test', Detail: MessageBody }];
    const { output = '', error } = await run(
      machine({
        Lambda: task('lambda:invoke', { FunctionName: FUNCTION, Payload: MessageBody }, 'Queue'),
        Queue: task('sqs:sendMessage', { QueueUrl: 'http://local/000000000000/One-Queue', MessageBody }, 'Topic'),
        Topic: task('sns:publish', { TopicArn, Message: MessageBody }, 'Bus'),
        Bus: task('events:putEvents', { Entries }, undefined),
      }),
      { id: 'x' },
    );
    expect(error).toBeUndefined();
    expect(JSON.parse(output)).toMatchObject({
      lambda: { Payload: { id: 'x' }, StatusCode: 200 },
      sqs: { MessageId: expect.any(String) },
      sns: { MessageId: expect.any(String) },
      events: { FailedEntryCount: 0 },
    });
  });

  it('hands the error of a service to a catcher', async () => {
    const Parameters = { QueueUrl: 'http://local/000000000000/none', MessageBody: 'x' };
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const Send = { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Parameters, Catch, End: true };
    const { output = '' } = await run(machine({ Send, Caught: { Type: 'Succeed' } }), {});
    expect(JSON.parse(output).Error).toMatch(/^SQS\..*QueueDoesNotExist/);
  });

  it('may do what its role may do now: a deployment changes that for running executions', async () => {
    const Send = {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage',
      Parameters: { QueueUrl: 'http://local/000000000000/One-Queue', MessageBody: 'x' },
      End: true,
    };
    const definition = machine({ Wait: { Type: 'Wait', Seconds: 60, Next: 'Send' }, Send });
    const assembly = (Action: string) => {
      const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'states.amazonaws.com' } };
      const granted = { Effect: 'Allow', Action, Resource: '*' };
      const Role = {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: { Statement: [trust] },
          Policies: [{ PolicyDocument: { Statement: [granted] } }],
        },
      };
      const Properties = {
        DefinitionString: JSON.stringify(definition),
        RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
      };
      const Machine = { Type: 'AWS::StepFunctions::StateMachine', Properties };
      return writeAssembly({ One: { Resources: { Role, Machine, Queue: { Type: 'AWS::SQS::Queue' } } } });
    };
    const cloud = await clock.run(startCloud({ assembly: assembly('sqs:SendMessage') }));
    onTestFinished(() => cloud.stop());
    const { endpoint, credentials } = cloud;
    const sfn = onClock(clock, new SFNClient({ endpoint, credentials, region: 'us-east-1' }));
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:One-Machine';
    await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
    await clock.run(cloud.deploy(assembly('sqs:ReceiveMessage')));
    await clock.until(() => expect(cloud.executions[0]?.status).not.toBe('RUNNING'));
    expect(cloud.executions[0]).toMatchObject({ status: 'FAILED', error: 'SQS.AccessDenied' });
    expect(cloud.denials).toEqual([expect.stringContaining('sqs:SendMessage')]);
  });
});
