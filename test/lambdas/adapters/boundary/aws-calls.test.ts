import { createHash } from 'node:crypto';
import { Agent, type RequestListener } from 'node:http';
import { Socket } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsCaller } from '../../../../lambdas/adapters/boundary/aws-caller.ts';
import { resumeExecution } from '../../../../lambdas/adapters/boundary/execution-call.ts';
import { executionsOf } from '../../../../lambdas/adapters/boundary/executions.ts';
import { invokeFunction } from '../../../../lambdas/adapters/boundary/lambda-call.ts';
import { sendMessage } from '../../../../lambdas/adapters/boundary/queue-call.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { AwsSettings } from '../../../../lambdas/contract/settings.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { ALWAYS } from '../../../support/departures.ts';
import { json } from '../../../support/json.ts';
import { NOW, sampleEntry, awsSettings as shortSettings } from '../../../support/samples.ts';
import { heldTimeLimits } from '../../../support/time-limits.ts';
import { RecordingServer, status } from './recording-server.ts';

const service = new RecordingServer();
let options: ConstructorParameters<typeof LambdaClient>[0] & { readonly endpoint: string };
beforeAll(async () => {
  await service.start();
  const endpoint = service.baseUrl.replace('/v1', '');
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  options = { endpoint, credentials, region: 'us-east-1', maxAttempts: 1 };
});
beforeEach(() => service.reset());
afterAll(() => service.stop());

/** With a time limit that no machine is too slow for. */
const awsSettings: typeof shortSettings = (kind, change) => shortSettings(kind, { timeoutMs: 600_000, ...change });

const IDS = { id: 'order-1', correlationId: 'trace-1', depart: ALWAYS };
const POST = { method: 'POST', path: '/' } as const;

const invoke = (body?: unknown) =>
  invokeFunction(
    { body: body === undefined ? undefined : json(body) },
    awsSettings('lambda'),
    IDS,
    new LambdaClient(options),
  );
const queue = (operation: Partial<HttpOperation>, change: Partial<AwsSettings> = {}) =>
  sendMessage(
    { ...POST, ...operation },
    awsSettings('queue', change),
    { id: IDS.id, key: IDS.id, depart: ALWAYS },
    new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
  );
const resume = (change: Partial<AwsSettings> = {}) =>
  resumeExecution({ path: '/executions/x/redrive' }, awsSettings('state-machine', change), {
    failure: { dependency: 'target', id: 'sfn-1' },
    depart: ALWAYS,
    now: NOW,
    executions: executionsOf(new SFNClient(options)),
  });

const FIFO = 'arn:aws:sqs:us-east-1:111122223333:jobs.fifo';
/** Answers with a digest of the body, which the client checks. */
const sqsAnswer: RequestListener = (_, response) => {
  const { MessageBody } = JSON.parse(service.calls.at(-1)?.body ?? '');
  const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ MessageId: 'm', MD5OfMessageBody }));
};
const refusal = (name: string) =>
  status(400, { 'x-amzn-errortype': name }, JSON.stringify({ __type: name, message: 'MARKER' }));
const verdictOf = (error: object) => classify(error, { rules: [], refreshable: false, attempts: 1, now: NOW });

describe('an invocation', () => {
  it('carries the body as JSON, and by what the function can recognise a repetition', async () => {
    service.answer = status(200, {}, '"done"');
    expect(await invoke({ name: 'größer' })).toEqual({ kind: 'ok', statusCode: 200 });
    const [{ url, body, headers }] = service.calls as [(typeof service.calls)[0]];
    expect(url).toBe(`/2015-03-31/functions/${encodeURIComponent(awsSettings('lambda').targetArn ?? '')}/invocations`);
    expect(JSON.parse(body)).toEqual({ name: 'größer' });
    expect(headers['x-amz-invocation-type']).toBe('RequestResponse');
    const context = Buffer.from(String(headers['x-amz-client-context']), 'base64').toString();
    expect(JSON.parse(context)).toEqual({
      custom: { 'backstop-failure-id': 'order-1', 'backstop-correlation-id': 'trace-1' },
    });
  });

  it('is none that the function has seen, where an operator has changed the operation', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', options.endpoint)
      .stubEnv('AWS_ACCESS_KEY_ID', 'a')
      .stubEnv('AWS_SECRET_ACCESS_KEY', 's');
    service.answer = status(200, {}, '"done"');
    await awsCaller()(
      { ...POST, body: json(1) },
      awsSettings('lambda'),
      sampleEntry({ dependency: 'target', edited: 2 }),
      ALWAYS,
    );
    vi.unstubAllEnvs();
    const context = Buffer.from(String(service.calls[0]?.headers['x-amz-client-context']), 'base64').toString();
    expect(JSON.parse(context).custom['backstop-failure-id']).toBe('order-1#edit#2');
  });

  it.each([
    ['a text, which is JSON as well', 'hello', '"hello"'],
    ['no body', undefined, ''],
  ])('may carry %s', async (_, body, sent) => {
    await invoke(body);
    expect(service.calls[0]?.body).toBe(sent);
  });

  it.each([
    [
      '{"errorType":"ThrottlingException","errorMessage":"slow down"}',
      { name: 'ThrottlingException', message: 'slow down' },
    ],
    [
      '{"errorMessage":"RequestId: 1 Process exited"}',
      { name: 'FunctionError', message: 'RequestId: 1 Process exited' },
    ],
    ['{"errorType":7}', { name: 'FunctionError', message: 'the function failed' }],
    ['nonsense', { name: 'FunctionError', message: 'the function failed' }],
  ])('that the function fails with %s has that error', async (payload, error) => {
    service.answer = status(200, { 'x-amz-function-error': 'Unhandled' }, payload);
    expect(await invoke({})).toEqual({ kind: 'failed', error });
  });

  it.each([
    ['TooManyRequestsException', 'lambda-throttled', 'none'],
    ['ResourceNotFoundException', 'lambda-refused', 'none'],
    ['ResourceConflictException', 'lambda-not-started', 'none'],
    ['ServiceException', 'lambda-trouble', 'unknown'],
    ['KMSAccessDeniedException', 'aws-access-denied', 'unknown'],
  ])('that Lambda refuses with %s is %s, of which nothing else is told', async (name, rule, effect) => {
    service.answer = refusal(name);
    const result = await invoke({});
    expect(result).toMatchObject({ kind: 'failed', error: { name: `Lambda.${name}` } });
    expect(JSON.stringify(result)).not.toContain('MARKER');
    expect(result.kind === 'failed' && verdictOf(result.error)).toMatchObject({ rule, effect });
    expect(service.calls).toHaveLength(1);
  });

  it('ends after its time', async () => {
    const limits = heldTimeLimits();
    service.answer = () => limits.expire();
    const late = invokeFunction({}, awsSettings('lambda', { timeoutMs: 50 }), IDS, new LambdaClient(options));
    expect(await late).toEqual({ kind: 'failed', error: { name: 'TimeoutError', message: 'no answer within 50 ms' } });
  });

  it('that meets no service says what the network said', async () => {
    const nowhere = new LambdaClient({ ...options, endpoint: 'http://127.0.0.1:1' });
    const result = await invokeFunction({}, awsSettings('lambda'), IDS, nowhere);
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'ECONNREFUSED' } });
  });

  it('without a target is a mistake of Backstop', async () => {
    const { targetArn: _, ...settings } = awsSettings('lambda');
    await expect(invokeFunction({}, settings, IDS, new LambdaClient(options))).rejects.toThrow('target has no target');
  });
});

describe('a message', () => {
  const sent = () => JSON.parse(service.calls[0]?.body ?? '');
  beforeEach(() => {
    service.answer = sqsAnswer;
  });

  it('carries its attributes, and the failure that sent it', async () => {
    expect(await queue({ body: json('text'), query: { Kind: 'größer', 'amount:Number': '5' } })).toEqual({
      kind: 'ok',
      statusCode: 200,
    });
    expect(sent()).toEqual({
      QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/jobs',
      MessageBody: 'text',
      MessageAttributes: {
        Kind: { DataType: 'String', StringValue: 'größer' },
        amount: { DataType: 'Number', StringValue: '5' },
        'backstop-failure-id': { DataType: 'String', StringValue: 'order-1' },
      },
    });
  });

  it('keeps the types that its sender has made up, and bytes', async () => {
    await queue({ body: json('text'), query: { at: '1', 'n:Number.java.lang.Long': '5', 'b:Binary.png': 'AA==' } });
    expect(sent().MessageAttributes).toMatchObject({
      at: { DataType: 'String', StringValue: '1' },
      n: { DataType: 'Number.java.lang.Long', StringValue: '5' },
      b: { DataType: 'Binary.png', BinaryValue: 'AA==' },
    });
  });

  it("that isn't text is sent as JSON", async () => {
    await queue({ body: json({ job: 1 }) });
    expect(sent().MessageBody).toBe('{"job":1}');
  });

  it.each([
    ['of its resource', { resourceId: 'customer-1' }, 'customer-1'],
    ['of its own', {}, 'order-1'],
  ])('for a FIFO queue is in a group %s, and named after the failure', async (_, operation, MessageGroupId) => {
    await queue({ body: json('text'), ...operation }, { targetArn: FIFO });
    expect(sent()).toMatchObject({ MessageGroupId, MessageDeduplicationId: 'order-1' });
  });

  it.each([
    ['the group of its resource, which makes the queue fair', { resourceId: 'customer-1' }, 'customer-1'],
    ['no group of its own', {}, undefined],
  ])('for a standard queue has %s', async (_, operation, MessageGroupId) => {
    await queue({ body: json('text'), ...operation });
    expect(sent().MessageGroupId).toBe(MessageGroupId);
    expect(sent()).not.toHaveProperty('MessageDeduplicationId');
  });

  it.each([
    ['QueueDoesNotExist', 'aws-not-found', 'unknown'],
    ['RequestThrottled', 'sqs-throttled', 'none'],
    ['InvalidMessageContents', 'aws-unfit-request', 'unknown'],
  ])('that SQS refuses with %s is %s', async (name, rule, effect) => {
    service.answer = refusal(`com.amazonaws.sqs#${name}`);
    const result = await queue({ body: json('text') });
    expect(result.kind === 'failed' && verdictOf(result.error)).toMatchObject({ rule, effect });
  });
});

describe('an execution that is asked of', () => {
  const answers = (...given: (object | string)[]) => {
    service.answer = (_, response) => {
      const next = given[service.calls.length - 1];
      const isError = typeof next === 'string';
      response.writeHead(isError ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(isError ? { __type: next } : next));
    };
  };
  const operations = () => service.calls.map(({ headers }) => String(headers['x-amz-target']).split('.')[1]);

  it('is redriven by its ARN', async () => {
    answers({ status: 'FAILED', redriveCount: 0, startDate: 1 }, { redriveDate: 2 });
    expect(await resume()).toMatchObject({ kind: 'pending', awaited: { execution: 'x', redrives: 1 } });
    expect(operations()).toEqual(['DescribeExecution', 'RedriveExecution']);
    expect(JSON.parse(service.calls[1]?.body ?? '')).toMatchObject({
      executionArn: 'arn:aws:states:us-east-1:111122223333:execution:Import:x',
    });
  });

  it('is started again, once', async () => {
    const failed = { status: 'FAILED', redriveStatus: 'NOT_REDRIVABLE', startDate: 1, input: '{}' };
    answers(failed, 'ExecutionDoesNotExist', 'ExecutionAlreadyExists', failed);
    expect(await resume({ repeatable: true })).toMatchObject({
      kind: 'pending',
      awaited: { execution: expect.stringMatching(/^sfn-1\+again1\+.{6}$/) },
    });
  });

  it.each([
    [['ExecutionDoesNotExist'], 'aws-not-found'],
    [[{ status: 'FAILED', startDate: 1 }, 'ExecutionLimitExceeded'], 'aws-throttled'],
    [
      [{ status: 'FAILED', startDate: 1 }, 'ExecutionNotRedrivable', { status: 'FAILED', startDate: 1 }],
      'sfn-not-redrivable',
    ],
    [['AccessDeniedException'], 'aws-access-denied'],
  ])('and is answered by %j is %s', async (given, rule) => {
    answers(...given);
    const result = await resume();
    expect(result.kind === 'failed' && verdictOf(result.error).rule).toBe(rule);
  });
});

describe('a connection to a service', () => {
  /** An agent whose connections never come about. */
  const nowhere = Object.assign(new Agent(), {
    createConnection: () => Object.assign(new Socket(), { connecting: true }),
  });

  it('that is not made in time proves that nothing was sent', async () => {
    const client = new LambdaClient({ ...options, requestHandler: { connectionTimeout: 1, httpAgent: nowhere } });
    const result = await invokeFunction({}, awsSettings('lambda'), IDS, client);
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'ERR_SOCKET_CONNECTION_TIMEOUT' } });
    expect(result.kind === 'failed' && verdictOf(result.error)).toMatchObject({ effect: 'none' });
  });

  it.each(['lambda', 'queue'] as const)('is a new one for each call of a %s', async (kind) => {
    vi.stubEnv('AWS_ENDPOINT_URL', options.endpoint)
      .stubEnv('AWS_ACCESS_KEY_ID', 'a')
      .stubEnv('AWS_SECRET_ACCESS_KEY', 's');
    service.answer = kind === 'queue' ? sqsAnswer : status(200, {}, '"done"');
    const call = awsCaller();
    for (let at = 0; at < 3; at++)
      expect(await call({ ...POST, body: json('x') }, awsSettings(kind), sampleEntry(), ALWAYS)).toMatchObject({
        kind: 'ok',
      });
    vi.unstubAllEnvs();
    expect(service.connections).toBe(3);
  });
});
