import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, RedriveExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { type App, Duration, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digest } from '../../lambdas/domain/digest.ts';
import type { BackstopConfig } from '../../lib/config/dependency-config.ts';
import type { PipelineStack } from '../../lib/pipeline/pipeline-stack.ts';
import type { CloudCall, Fault } from '../../tools/local/cloud.ts';
import { onClock } from '../support/on-clock.ts';
import { startWorld, type World } from './world.ts';

const ARN = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;
const MACHINE = ARN('states', 'stateMachine:Import');
const circuit = { minimumCalls: 1_000 };
const timeout = Duration.seconds(5);
/** The embedded cloud has one account. The functions assume the role nevertheless. */
const assumeRole = { roleArn: 'arn:aws:iam::000000000000:role/calls', externalId: 'shop' };
const added: BackstopConfig['dependencies'] = {
  imports: {
    kind: 'state-machine',
    stateMachineArn: MACHINE,
    circuit,
    timeout,
    retry: { hotAttempts: 2, durableAttempts: 1 },
  },
  thumbnails: { kind: 'lambda', functionArn: ARN('lambda', 'function:thumbnails'), assumeRole, circuit, timeout },
  jobs: {
    kind: 'queue',
    assumeRole,
    queueArn: ARN('sqs', 'jobs'),
    circuit,
    timeout,
    deadLetterQueueArn: ARN('sqs', 'jobs-dead'),
  },
};

/** Fails as often as its event says, for every kind of invocation. Counts its invocations in a file. */
const CODE = (folder: string) => `
import { appendFileSync, readFileSync } from 'node:fs';
export const handler = async ({ name, fails }) => {
  const file = ${JSON.stringify(folder)} + '/' + name;
  appendFileSync(file, '.');
  if (readFileSync(file, 'utf8').length <= fails) throw Object.assign(new Error('not yet'), { name: 'ServiceUnavailable' });
  return name;
};`;

let world: World;
let lambda: LambdaClient;
let calls: string;

function ownStack(app: App, folder: string): void {
  calls = join(folder, 'calls');
  mkdirSync(calls);
  mkdirSync(join(folder, 'code'));
  writeFileSync(join(folder, 'code', 'index.mjs'), CODE(calls));
  const stack = new Stack(app, 'Own');
  const fn = new LambdaFunction(stack, 'Thumbnails', {
    functionName: 'thumbnails',
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(join(folder, 'code')),
    timeout,
  });
  const work = new LambdaInvoke(stack, 'Work', { lambdaFunction: fn, payloadResponseOnly: true });
  new StateMachine(stack, 'Import', {
    stateMachineName: 'Import',
    definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Prepare').next(work)),
  });
  new Queue(stack, 'Jobs', { queueName: 'jobs' });
  new Queue(stack, 'JobsDead', { queueName: 'jobs-dead' });
  const { pipeline } = app.node.findChild('BackstopPipeline') as PipelineStack;
  pipeline.recoverFailuresOf(fn, 'thumbnails', { retryAttempts: 0 });
}

beforeAll(async () => {
  world = await startWorld({}, { added, extend: ownStack, durableRetryInterval: Duration.seconds(1) });
  const { endpoint, credentials } = world.cloud;
  world.cloud.redeliver(twice());
  world.cloud.inject(refusingOnce);
  lambda = onClock(world.clock, new LambdaClient({ endpoint, credentials, region: 'us-east-1' }));
});
afterAll(async () => {
  lambda?.destroy();
  await world?.stop();
});

/** Delivers each message of a lane or an adopter twice. */
function twice() {
  const seen = new Set<string>();
  return ({ functionId, event }: { readonly functionId: string; readonly event: string }): boolean => {
    if (!/LaneWorker|Adopter/.test(functionId)) return false;
    const message = `${functionId} ${JSON.parse(event).Records[0].body}`;
    return !seen.has(message) && seen.add(message).size > 0;
  };
}

const refused = new Set<string>();

/** STS does not answer the first time that a function assumes the role. */
function refusingOnce({ caller, service }: CloudCall): Fault | undefined {
  if (service !== 'sts' || refused.has(caller)) return undefined;
  refused.add(caller);
  return 'fail-before';
}

const callsOf = (name: string) => readFileSync(join(calls, name), 'utf8').length;

async function execute(name: string, fails: number): Promise<{ readonly arn: string; readonly id: string }> {
  const input = JSON.stringify({ name, fails });
  const start = new StartExecutionCommand({ stateMachineArn: MACHINE, name, input });
  const { executionArn: arn = '' } = await world.sfn.send(start);
  return { arn, id: `sfn-${digest(arn)}` };
}

describe.concurrent('a failure that AWS tells of', () => {
  it('of an execution is recovered from the step that failed, as one failure however often it fails again', async () => {
    const { arn, id } = await execute('twice', 2);
    const { outcome, trail, correlationId } = await world.settled(id);
    expect(outcome).toBe('recovered');
    expect(correlationId).toBe('twice');
    const execution = await world.sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
    expect(execution).toMatchObject({ status: 'SUCCEEDED', redriveCount: 2 });
    const steps = world.cloud.executions.find((each) => each.arn === arn)?.steps ?? [];
    expect(steps.filter(({ type, state }) => type === 'StateEntered' && state === 'Prepare')).toHaveLength(1);
    expect(trail.filter(({ step }) => step === 'awaited')).toMatchObject([{ redrives: 1 }, { redrives: 2 }]);
    for (const redrives of [1, 2]) expect(await world.entry(`${id}.r${redrives}`)).toBeUndefined();
  });

  it('of an execution that fails each time becomes a dead letter, and once more when somebody else has redriven it', async () => {
    const { arn, id } = await execute('always', 1_000);
    const { awaited, ...ended } = await world.settled(id);
    expect(ended).toMatchObject({ outcome: 'dead-lettered', reason: 'exhausted' });
    const { redrives = 0 } = awaited ?? {};
    expect(redrives).toBe(3);
    const [deadLetter] = await world.take(world.output('ImportsDeadLetterQueueUrl'), (deadLetters) =>
      deadLetters.some(({ Body = '' }) => JSON.parse(Body).id === id),
    );
    expect(deadLetter?.Body).not.toContain('not yet');
    await world.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
    const again = await world.settled(`${id}.r${redrives + 1}`);
    expect(again).toMatchObject({ outcome: 'dead-lettered', reason: 'exhausted' });
    expect(again.awaited?.redrives).toBe(2 * redrives + 1);
    expect(await world.entry(id)).toMatchObject({ cycle: 1 });
  });

  it('of an asynchronous invocation is recovered with the payload of that, once STS has given a role', async () => {
    const Payload = JSON.stringify({ name: 'asynchronous', fails: 2 });
    await lambda.send(new InvokeCommand({ FunctionName: 'thumbnails', InvocationType: 'Event', Payload }));
    await world.clock.until(() => expect(callsOf('asynchronous')).toBe(3));
    const ids = world.logs.flatMap((line) => /lambda-[0-9a-f-]{36}/.exec(line) ?? []);
    expect(await world.settled(ids[0] ?? '')).toMatchObject({ outcome: 'recovered', dependency: 'thumbnails' });
    expect(callsOf('asynchronous')).toBe(3);
    expect([...refused]).toContainEqual(expect.stringContaining('ThumbnailsLaneWorker'));
  });

  it('by a message in a dead-letter queue of the team is recovered: the message is back in its queue', async () => {
    const MessageAttributes = {
      Kind: { DataType: 'String', StringValue: 'größer' },
      n: { DataType: 'Number', StringValue: '5' },
    };
    const message = {
      QueueUrl: `${world.cloud.endpoint}/000000000000/jobs-dead`,
      MessageBody: '{"job": 1}',
      MessageAttributes,
    };
    await world.sqs.send(new SendMessageCommand(message));
    const QueueUrl = `${world.cloud.endpoint}/000000000000/jobs`;
    const receive = new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ['All'],
      WaitTimeSeconds: 20,
    });
    const { Messages: [again] = [] } = await world.clock.run(world.sqs.send(receive));
    expect(again).toMatchObject({ Body: '{"job": 1}', MessageAttributes });
    const id = again?.MessageAttributes?.['backstop-failure-id']?.StringValue ?? '';
    expect(await world.settled(id)).toMatchObject({ outcome: 'recovered', dependency: 'jobs' });
    expect([...refused]).toContainEqual(expect.stringContaining('JobsLaneWorker'));
    await world.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
    const { Messages: more = [] } = await world.clock.run(
      world.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 })),
    );
    expect(more).toEqual([]);
  });
});
