import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import { invokeFunction } from '../../../../lambdas/adapters/boundary/lambda-call.ts';
import { sendMessage } from '../../../../lambdas/adapters/boundary/queue-call.ts';
import { fromItem, toItem } from '../../../../lambdas/adapters/ledger/ledger-item.ts';
import type { Failure, HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { DependencyKind } from '../../../../lambdas/contract/settings.ts';
import { parseLaneMessage } from '../../../../lambdas/domain/boundary/failure-event.ts';
import { anyJsonText } from '../../../support/any-json-text.ts';
import { ALWAYS } from '../../../support/departures.ts';
import { awsSettings, NOW, sampleEntry, sampleSettings } from '../../../support/samples.ts';

/** A dependency that keeps the bytes of the last request. */
let received: Buffer;
let answer: (request: IncomingMessage) => string = () => '';
const server = createServer(async (request, response) => {
  received = await buffer(request);
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(answer(request));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const credentials = createCredentials(async () => 'secret');
const IDS = { idempotencyKey: 'f-1', correlationId: 'c-1', credentials };

/** A lane message, with a body that is not written by JavaScript. */
function messageWith(body: string, more = '', operation = '"method":"POST","path":"/"'): string {
  const step = `{"name":"s","dependency":"shop","operation":{${operation},"body":${body}}}`;
  const ids = '"id":"order-1","correlationId":"c-1","dependency":"shop","occurredAt":"2026-03-01T12:00:00Z"';
  const detail = `{${ids},"operation":{${operation},"body": ${body} ${more}},"error":{"statusCode":503},"undo":[${step}]}`;
  return `{"detail-type":"Operation Failed","source":"x","detail":${detail}}`;
}

/** Takes a message as the worker does: it is parsed, stored in the ledger, and read again. */
function taken(message: string, kind: DependencyKind): Failure {
  const options = { dependency: 'shop', now: NOW, retentionMs: Number.POSITIVE_INFINITY, kindOf: () => kind };
  const parsed = parseLaneMessage(message, options);
  if (parsed.kind !== 'failure') throw new Error(JSON.stringify(parsed));
  const { failure } = fromItem(toItem(sampleEntry({ failure: parsed.failure })));
  if (!failure) throw new Error('the ledger has dropped the failure');
  return failure;
}

/** JSON text that goes out as it is. A string goes out as its content, and null stands for an absent body. */
const sentAsText = anyJsonText.filter((text) => !text.startsWith('"') && text !== 'null');

describe('a body', () => {
  it('reaches an HTTP API byte for byte as it came in, and so does the body of an undo', async () => {
    const settings = sampleSettings({ baseUrl: endpoint(), timeoutMs: 600_000 });
    await fc.assert(
      fc.asyncProperty(sentAsText, async (text) => {
        const { operation, undo = [] } = taken(messageWith(text, `,"base":${text}`), 'http');
        expect(operation.base).toBe(text);
        for (const made of [operation, undo[0]?.operation as HttpOperation]) {
          expect(await callDependency(made, settings, IDS)).toMatchObject({ kind: 'ok' });
          expect(received.equals(Buffer.from(text))).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('that is a string reaches an HTTP API as its content, whatever its escapes', async () => {
    const settings = sampleSettings({ baseUrl: endpoint(), timeoutMs: 600_000 });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (content) => {
        const units = Array.from({ length: content.length }, (_, at) => content.charCodeAt(at));
        const escaped = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
        const { operation } = taken(messageWith(`"${escaped}"`), 'http');
        await callDependency(operation, settings, IDS);
        expect(received.toString()).toBe(content);
      }),
    );
  });

  it('reaches a function byte for byte as it came in, strings included', async () => {
    const client = new LambdaClient({
      endpoint: endpoint(),
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    });
    const settings = awsSettings('lambda', { timeoutMs: 600_000 });
    answer = () => '{}';
    await fc.assert(
      fc.asyncProperty(
        anyJsonText.filter((text) => text !== 'null'),
        async (text) => {
          const { operation } = taken(messageWith(text), 'lambda');
          expect(
            await invokeFunction(operation, settings, { id: 'f', correlationId: 'c', depart: ALWAYS }, client),
          ).toMatchObject({
            kind: 'ok',
          });
          expect(received.equals(Buffer.from(text))).toBe(true);
        },
      ),
    );
  });

  it('reaches a queue as it came in', async () => {
    const client = new SQSClient({
      endpoint: endpoint(),
      region: 'us-east-1',
      maxAttempts: 1,
      useQueueUrlAsEndpoint: false,
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    });
    const settings = awsSettings('queue', { timeoutMs: 600_000 });
    answer = () => {
      const { MessageBody } = JSON.parse(received.toString());
      return JSON.stringify({ MessageId: 'm', MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') });
    };
    await fc.assert(
      fc.asyncProperty(sentAsText, async (text) => {
        const { operation } = taken(messageWith(text), 'queue');
        expect(await sendMessage(operation, settings, { id: 'f', key: 'f', depart: ALWAYS }, client)).toMatchObject({
          kind: 'ok',
        });
        expect(JSON.parse(received.toString()).MessageBody).toBe(text);
      }),
    );
  });

  it.each(['http', 'queue'] as const)('that is half of a surrogate pair is refused for %s: no UTF-8 has it', (kind) => {
    expect(() => taken(messageWith('"\\ud800"'), kind)).toThrow('half of a surrogate pair');
    expect(taken(messageWith('["\\ud800"]'), kind).operation.body).toBe('["\\ud800"]');
    expect(taken(messageWith('"\\ud800"'), 'lambda').operation.body).toBe('"\\ud800"');
  });

  it('is the last one where a message names several, as every parser has it', () => {
    const message = messageWith('{"a":2}', '', '"method":"POST","\\u0062ody":{"a":1},"path":"/"');
    expect(taken(message, 'http').operation.body).toBe('{"a":2}');
  });
});

describe('an entry from before bodies were text', () => {
  it('is read, with the body that JavaScript wrote', () => {
    const { operation, ...failure } = sampleEntry().failure as Failure;
    const before = { ...failure, operation: { ...operation, body: { total: 5 }, base: 'text' } };
    const item = toItem(sampleEntry());
    const read = fromItem({ ...item, failure: { S: JSON.stringify(before) } });
    expect(read.failure?.operation).toMatchObject({ body: '{"total":5}', base: '"text"' });
    expect(toItem(read).failure).toEqual({ S: expect.stringContaining('"body":{"total":5}') });
  });
});
