import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendTaskSuccessCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionRecord, StreamRecord } from '../../../tools/local/cloud.ts';
import { onClock } from '../../support/on-clock.ts';
import { type Shop, startShop } from './fixture/shop.ts';

describe('the embedded cloud', () => {
  let shop: Shop;
  const changes: StreamRecord[] = [];

  beforeAll(async () => {
    shop = await startShop({ secrets: { pin: '1234' }, onChange: (record) => changes.push(record) });
  });

  afterAll(() => shop?.stop());

  const ended = (name: string): Promise<ExecutionRecord> =>
    shop.clock.until(() => {
      const execution = shop.cloud.executions.find((each) => each.name === name);
      if (execution?.stopDate === undefined) throw new Error(`${name} has not ended`);
      return execution;
    });

  const start = (machine: string, name: string, input: object) =>
    shop.sfn.send(
      new StartExecutionCommand({ stateMachineArn: shop.output(`${machine}Arn`), name, input: JSON.stringify(input) }),
    );

  it('runs an event the whole way: bus, rule, queue, function, machine, queue', async () => {
    await shop.place({ id: 'o-1', secret: 'pin' });
    const { Body = '' } = await shop.message('Done', 'o-1');
    expect(JSON.parse(Body)).toEqual({ attempt: { secret: '1234' }, execution: 'o-1', state: 'Tell' });
  });

  it('records the steps of an execution, so that its transitions can be counted', async () => {
    await start('Machine', 'steps', { secret: 'pin' });
    const { status, steps } = await ended('steps');
    expect(status).toBe('SUCCEEDED');
    expect(
      steps.filter(({ type }) => /Entered|Retried/.test(type)).map(({ type, state }) => `${type} ${state}`),
    ).toEqual([
      'StateEntered Attempt',
      'StateRetried Attempt',
      'StateRetried Attempt',
      'StateEntered Wait',
      'StateEntered Tell',
    ]);
  });

  it('brings back only the messages that a batch response names as failed', async () => {
    await Promise.all([shop.place({ id: 'p-1', fails: 1, secret: 'pin' }), shop.place({ id: 'p-2', secret: 'pin' })]);
    await Promise.all([shop.message('Done', 'p-1'), shop.message('Done', 'p-2')]);
    const receiptsOf = (id: string) => shop.log.filter((line) => line.includes(id));
    // Log lines and calls take different ways, so a line may arrive later.
    await shop.clock.until(() => {
      expect(receiptsOf('p-1')).toEqual(['order p-1 received 1', 'order p-1 received 2']);
      expect(receiptsOf('p-2')).toEqual(['order p-2 received 1']);
    });
  });

  it('moves a message to the dead-letter queue once it was received too often', async () => {
    await shop.place({ id: 'd-1', fails: 99 });
    await shop.message('Dead', 'd-1');
    await shop.clock.until(() => expect(shop.log.filter((line) => line.includes('d-1'))).toHaveLength(3));
  });

  it('hands a change of the table to a function, and a transformed event to a queue', async () => {
    await shop.place({ id: 's-1', secret: 'pin' });
    const { Body = '' } = await shop.message('Reports', 'Order s-1');
    const detail = { id: 's-1', eventName: 'INSERT', status: 'open' };
    expect(JSON.parse(Body)).toMatchObject({ text: 'Order s-1', whole: { 'detail-type': 'Order Changed', detail } });
  });

  it('tells of each change of a table', async () => {
    await shop.place({ id: 't-1', secret: 'pin' });
    await shop.message('Reports', 'Order t-1');
    const told = changes.filter(({ dynamodb }) => JSON.stringify(dynamodb.Keys).includes('"t-1"'));
    expect(told).toMatchObject([{ eventName: 'INSERT', dynamodb: { NewImage: { id: { S: 't-1' } } } }]);
  });

  it('tells the on-failure destination which records of a stream were given up', async () => {
    await shop.place({ id: 'poison-1', secret: 'pin' });
    const { Body = '' } = await shop.message('Lost', 'RetryAttemptsExhausted');
    expect(JSON.parse(Body)).toMatchObject({
      requestContext: { approximateInvokeCount: 2 },
      DDBStreamBatchInfo: { batchSize: 1 },
    });
  });

  it('gives a function its own environment and a Lambda context', async () => {
    await shop.place({ id: 'r-1' }, 'Report Wanted');
    const { Body = '' } = await shop.message('Reports', 'r-1');
    const { context, env } = JSON.parse(Body);
    expect(context).toMatchObject({
      functionVersion: '$LATEST',
      invokedFunctionArn: expect.stringContaining(':function:'),
    });
    expect(env).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_ENDPOINT_URL',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'BUS',
      'LAMBDA_TASK_ROOT',
      'REPORTS',
      '_HANDLER',
    ]);
  });

  it('keeps an event that a function failed on asynchronously', async () => {
    await shop.place({ id: 'r-2', fails: true }, 'Report Wanted');
    const { Body = '' } = await shop.message('Lost', 'r-2');
    expect(JSON.parse(Body)).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      responsePayload: { errorType: 'TypeError', errorMessage: 'told to fail' },
    });
  });

  it('runs a schedule', async () => {
    const { Body = '' } = await shop.message('Ticks', 'Scheduled Event');
    expect(JSON.parse(Body)).toMatchObject({ source: 'aws.events', detail: {} });
  });

  it('delivers what is published to a topic', async () => {
    const body = new URLSearchParams({ Action: 'Publish', TopicArn: shop.output('TopicArn'), Message: 'hello' });
    expect((await fetch(shop.cloud.endpoint, { method: 'POST', headers: signedFor('sns'), body })).status).toBe(200);
    expect((await shop.message('Mail')).Body).toBe('hello');
  });

  it('calls a function, and answers with what it answers, or that it failed', async () => {
    const { endpoint, credentials } = shop.cloud;
    const lambda = onClock(shop.clock, new LambdaClient({ endpoint, region: 'us-east-1', credentials }));
    const invoke = async (Payload: string) => {
      const { FunctionError, Payload: answer } = await lambda.send(
        new InvokeCommand({ FunctionName: shop.output('AttemptArn'), Payload }),
      );
      return { FunctionError, answer: JSON.parse(answer?.transformToString() ?? '') };
    };
    expect(await invoke('{"tries":2}')).toEqual({ FunctionError: undefined, answer: { tries: 2 } });
    expect(await invoke('{"tries":0}')).toMatchObject({
      FunctionError: 'Unhandled',
      answer: { errorType: 'NotYetError', errorMessage: 'not yet' },
    });
    const nobody = lambda.send(new InvokeCommand({ FunctionName: 'nobody', Payload: '{}' }));
    await expect(nobody).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: nobody',
      $metadata: { httpStatusCode: 404 },
    });
    lambda.destroy();
  });

  it('says which service it does not run', async () => {
    const answer = await fetch(shop.cloud.endpoint, { method: 'POST', headers: signedFor('kinesis'), body: '{}' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ message: 'the embedded cloud does not support the service "kinesis"' });
  });

  it.each([
    ['a detail that is no JSON object', { Detail: '[1]' }, 'MalformedDetail'],
    ['no detail type', { DetailType: '' }, 'InvalidArgument'],
    ['a source of AWS', { Source: 'aws.states' }, 'NotAuthorizedForSourceException'],
    ['a bus that does not exist', { EventBusName: 'none' }, 'ResourceNotFoundException'],
  ])('refuses an event of %s, and takes the others', async (_, change, ErrorCode) => {
    const entry = { Source: 'shop', DetailType: 'Nothing', Detail: '{}' };
    const { FailedEntryCount, Entries = [] } = await shop.events.send(
      new PutEventsCommand({ Entries: [entry, { ...entry, ...change }] }),
    );
    expect(FailedEntryCount).toBe(1);
    expect(Entries).toMatchObject([{ EventId: expect.any(String) }, { ErrorCode }]);
  });

  it('hands the error of a function to a catcher as Step Functions does', async () => {
    await start('Machine', 'no-secret', { secret: 'nowhere' });
    const { Body = '' } = await shop.message('Done', 'ResourceNotFoundException');
    const { Error: error, Cause } = JSON.parse(Body);
    expect(error).toBe('ResourceNotFoundException');
    expect(Object.keys(JSON.parse(Cause))).toEqual(['errorType', 'errorMessage', 'trace']);
  });

  it('starts an execution of the same name and input once, and refuses another', async () => {
    const first = await start('Slow', 'twice', {});
    expect((await start('Slow', 'twice', {})).executionArn).toBe(first.executionArn);
    await expect(start('Slow', 'twice', { other: true })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await shop.sfn.send(new StopExecutionCommand({ executionArn: first.executionArn, error: 'Enough' }));
    expect(await ended('twice')).toMatchObject({ status: 'ABORTED', error: 'Enough' });
    await expect(start('Slow', 'twice', {})).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    const { Body = '' } = await shop.message('Endings', 'twice');
    expect(JSON.parse(Body)).toMatchObject({
      source: 'aws.states',
      detail: { status: 'ABORTED', input: '{}', name: 'twice' },
    });
  });

  it('ends a function that overruns its time, and a task whose token comes back', async () => {
    await start('Slow', 'slow', {});
    const { Body = '' } = await shop.message('Questions', 'slow');
    const { token, state } = JSON.parse(Body);
    expect(state).toBe('Ask');
    await shop.sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"answer":42}' }));
    const { status, output = '' } = await ended('slow');
    expect(status).toBe('SUCCEEDED');
    const [answer, tooSlow] = JSON.parse(output);
    expect(answer).toEqual({ answer: 42 });
    expect(tooSlow.Error).toBe('Sandbox.Timedout');
    expect(JSON.parse(tooSlow.Cause).errorMessage).toContain('Task timed out after 1.00 seconds');
  });

  it('leaves nothing behind that keeps the process alive', async () => {
    const script = join(import.meta.dirname, 'fixture', 'start-and-stop.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    expect(stdout).toBe('stopped\n');
  });
});

function signedFor(service: string): Record<string, string> {
  const Credential = `local/20000101/us-east-1/${service}/aws4_request`;
  const type = 'application/x-www-form-urlencoded';
  return { authorization: `AWS4-HMAC-SHA256 Credential=${Credential}`, 'content-type': type };
}
