import type { LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import { invokeFunction } from '../../../../lambdas/adapters/boundary/lambda-call.ts';
import type { OwnRule } from '../../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../../lambdas/domain/boundary/call-result.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { awsSettings, sampleSettings } from '../../../support/samples.ts';
import { RecordingServer } from './recording-server.ts';

const server = new RecordingServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const JSON_TYPE = { 'content-type': 'application/json' };

function call(headers: Record<string, string>, body: string, rules: readonly OwnRule[] = [], keepBody = false) {
  return callFor(200, headers, body, rules, keepBody);
}

function callFor(
  status: number,
  headers: Record<string, string>,
  body: string,
  rules: readonly OwnRule[] = [],
  keepBody = false,
) {
  server.reset();
  server.answer = (_, response) => void response.writeHead(status, headers).end(body);
  return callDependency(
    { method: 'GET', path: '/x' },
    sampleSettings({ baseUrl: server.baseUrl, timeoutMs: 60_000, rules }),
    { idempotencyKey: 'k', correlationId: 'c', credentials: createCredentials(async () => 'x'), keepBody },
  );
}

function invoke(payload: string, rules: readonly OwnRule[] = []) {
  const send = async () => ({ StatusCode: 200, Payload: Buffer.from(payload) });
  const client = { send } as unknown as LambdaClient;
  const context = { id: 'i', correlationId: 'c', depart: () => undefined };
  return invokeFunction({}, { ...awsSettings('lambda'), rules }, context, client);
}

function verdictOf(result: CallResult, rules: readonly OwnRule[] = []) {
  if (result.kind === 'ok') return undefined;
  return classify(result.error, { rules, refreshable: false, attempts: 1, now: 0 });
}

const rule = (successIncludes: string, more: Partial<OwnRule> = {}): OwnRule => ({
  name: 'mine',
  verdict: 'transient',
  ...more,
  when: { successIncludes, ...more.when },
});

describe('a success that a rule of the dependency calls a failure', () => {
  it.each([
    ['GraphQL', JSON_TYPE, '{"errors":[{"message":"x"}],"data":null}', '"errors": [{'],
    ['Slack, with spaces', JSON_TYPE, '{ "OK" : false, "error" : "ratelimited" }', '"ok":false'],
    ['Elasticsearch', JSON_TYPE, '{"errors":true,"items":[]}', '"errors":true'],
    ['a page', { 'content-type': 'text/html' }, '<html><h1>Down for\n maintenance</h1>', 'down for maintenance'],
    ['XML', { 'content-type': 'application/xml' }, '<r><ok>false</ok></r>', '<ok>false</ok>'],
    ['no type', {}, '{"ok":false}', '"ok":false'],
    ['a type of its own', { 'content-type': 'application/octet-stream' }, '{"ok":false}', '"ok":false'],
    ['a private answer', { ...JSON_TYPE, 'cache-control': 'no-store' }, '{"ok":false}', '"ok":false'],
  ])('has its verdict: %s', async (_, headers, body, included) => {
    const rules = [rule(included)];
    const verdict = { kind: 'transient', category: 'external-dependency', effect: 'unknown', rule: 'mine' };
    expect(verdictOf(await call(headers, body, rules), rules)).toEqual(verdict);
    const none = [rule(included, { effect: 'none' })];
    expect(verdictOf(await call(headers, body, none), none)).toEqual({ ...verdict, effect: 'none' });
  });

  it('has an unknown result where the answer breaks off, since no rule can read it', async () => {
    const rules = [rule('"ok":false')];
    const cut = { ...JSON_TYPE, 'content-length': '100' };
    const broken = (own: readonly OwnRule[]) => {
      server.reset();
      server.answer = (_, response) => {
        response.writeHead(200, cut);
        response.write('{"ok":');
        setImmediate(() => response.destroy());
      };
      return callDependency(
        { method: 'GET', path: '/x' },
        sampleSettings({ baseUrl: server.baseUrl, timeoutMs: 60_000, rules: own }),
        { idempotencyKey: 'k', correlationId: 'c', credentials: createCredentials(async () => 'x') },
      );
    };
    const verdict = { kind: 'transient', category: 'external-dependency', effect: 'unknown', rule: 'connection-lost' };
    expect(verdictOf(await broken(rules), rules)).toEqual(verdict);
    expect(await broken([])).toEqual({ kind: 'ok', statusCode: 200 });
  });

  it('may be the result of a function', async () => {
    const rules = [rule('"ok":false', { verdict: 'permanent' })];
    expect(verdictOf(await invoke('{"ok": false}', rules), rules)).toMatchObject({ kind: 'permanent', rule: 'mine' });
    expect(await invoke('{"ok": true}', rules)).toMatchObject({ kind: 'ok' });
  });

  it('needs one of its statuses, too', async () => {
    const rules = [rule('"ok":false', { when: { statusCodes: [207] } })];
    expect(await call(JSON_TYPE, '{"ok":false}', rules)).toMatchObject({ kind: 'ok' });
  });

  it('is none of an error, whatever its message', () => {
    const error = { statusCode: 400, message: '"ok":false' };
    expect(verdictOf({ kind: 'failed', error }, [rule('"ok":false')])?.rule).toBe('http-bad-request');
  });

  it('leaves other successes as they were', async () => {
    const rules = [rule('"ok":false')];
    expect(await call(JSON_TYPE, '{"ok":true}', rules, true)).toMatchObject({ body: { text: '{"ok":true}' } });
    const secret = { ...JSON_TYPE, 'cache-control': 'no-store' };
    expect(await call(secret, '{"ok":true}', rules, true)).toEqual({ kind: 'ok', statusCode: 200 });
    expect(await call(JSON_TYPE, '{"ok":false}')).toEqual({ kind: 'ok', statusCode: 200 });
  });
});

describe('a success that its protocol calls a failure', () => {
  const grpc = (status: string) => call({ 'content-type': 'application/grpc-web', 'grpc-status': status }, '');

  it.each([
    ['14', { kind: 'transient', effect: 'unknown', rule: 'grpc-unavailable' }],
    ['8', { kind: 'throttled', effect: 'unknown', rule: 'grpc-resource-exhausted' }],
    ['3', { kind: 'permanent', effect: 'none', rule: 'grpc-unfit-request' }],
  ])('grpc-status %s', async (status, verdict) => {
    expect(verdictOf(await grpc(status))).toMatchObject(verdict);
  });

  it('but grpc-status 0 is a success', async () => {
    expect(await grpc('0')).toMatchObject({ kind: 'ok' });
  });

  it('is the challenge of a firewall in front, which has let nothing pass', async () => {
    const challenged = await callFor(202, { 'x-amzn-waf-action': 'challenge' }, '');
    const verdict = { kind: 'permanent', category: 'authentication', effect: 'none', rule: 'http-challenged' };
    expect(verdictOf(challenged)).toEqual(verdict);
    expect(await callFor(202, { 'x-amzn-waf-action': 'allow' }, '')).toMatchObject({ kind: 'ok' });
  });

  const WEBDAV = (status: string) =>
    `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>/a</D:href><D:status>${status}</D:status></D:response></D:multistatus>`;
  const XML_TYPE = { 'content-type': 'application/xml' };

  it.each([
    ['a list of statuses', JSON_TYPE, '[{"id":1,"status":201},{"id":2,"status":409}]'],
    ['a status as text', JSON_TYPE, '{"items":[{"statusCode":"503"}]}'],
    ['a list of errors', JSON_TYPE, '{"saved":["a"],"errors":[{"id":"b"}]}'],
    ['a part that is no success', JSON_TYPE, '{"results":[{"success":true},{"success":false}]}'],
    ['WebDAV', XML_TYPE, WEBDAV('HTTP/1.1 423 Locked')],
    ['a body that nobody can read', { 'content-type': 'multipart/mixed' }, 'x'],
    ['a body that is cut', JSON_TYPE, '[{"status":201}'],
    ['a body that is too long', JSON_TYPE, `[${'{"status":200},'.repeat(5_000)}{"status":200}]`],
    ['no body', {}, ''],
  ])('is a 207 with a part that failed: %s', async (_, headers, body) => {
    const verdict = { kind: 'permanent', category: 'data-integrity', effect: 'unknown', rule: 'http-parts-failed' };
    expect(verdictOf(await callFor(207, headers, body))).toEqual(verdict);
  });

  it.each([
    ['statuses', JSON_TYPE, '[{"id":404,"status":201},{"id":2,"status":"200"}]'],
    ['empty lists of errors', JSON_TYPE, '{"errors":[],"failed":{},"error":null,"results":[{"ok":true}]}'],
    ['WebDAV', XML_TYPE, WEBDAV('HTTP/1.1 200 OK')],
  ])('but a 207 whose parts are successes is one: %s', async (_, headers, body) => {
    expect(await callFor(207, headers, body)).toEqual({ kind: 'ok', statusCode: 207 });
  });

  it.each([
    ['{"statusCode":503,"body":"down"}', { kind: 'transient', effect: 'unknown', rule: 'http-unavailable' }],
    ['{"statusCode":404}', { kind: 'permanent', effect: 'none', rule: 'http-not-found' }],
    ['{"batchItemFailures":[{"itemIdentifier":"m-1"}]}', { kind: 'transient', rule: 'lambda-failed-items' }],
  ])('a function that returns %s', async (payload, verdict) => {
    expect(verdictOf(await invoke(payload))).toMatchObject({ effect: 'unknown', ...verdict });
  });

  it.each(['{"statusCode":200}', '{"statusCode":"503"}', '{"batchItemFailures":[]}', '[503]', 'null', '', '"x"'])(
    'but a function that returns %j has succeeded',
    async (payload) => {
      expect(await invoke(payload)).toEqual({ kind: 'ok', statusCode: 200 });
    },
  );
});
