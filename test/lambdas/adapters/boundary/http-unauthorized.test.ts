import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CredentialOptions, createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import { type CallContext, callDependency } from '../../../../lambdas/adapters/boundary/http-call.ts';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import type { HttpSettings } from '../../../../lambdas/contract/settings.ts';
import { countsAgainst } from '../../../../lambdas/domain/circuit/dependency-fault.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { json } from '../../../support/json.ts';
import { NOW, sampleSettings } from '../../../support/samples.ts';
import { RecordingServer, status } from './recording-server.ts';

const server = new RecordingServer();

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => server.reset());

const POST: HttpOperation = { method: 'POST', path: '/orders', body: json({ card: 'MARKER' }) };

function settings(own: Partial<HttpSettings> = {}): HttpSettings {
  return sampleSettings({ name: 'shop', baseUrl: server.baseUrl, timeoutMs: 600_000, idempotencyKeys: true, ...own });
}

function context(
  own: Partial<CallContext> = {},
  getSecret = async () => 'MARKER',
  options: CredentialOptions = {},
): CallContext {
  return { idempotencyKey: 'f-1', correlationId: 'c-1', credentials: createCredentials(getSecret, options), ...own };
}

describe('a 401', () => {
  const auth = { scheme: 'bearer', secretName: 'shop/token' } as const;
  let secret: string;
  const getSecret = async () => secret;
  const only =
    (token: string): RequestListener =>
    (request, response) =>
      response.writeHead(request.headers.authorization === `Bearer ${token}` ? 200 : 401).end();

  beforeEach(() => {
    secret = 'old';
  });

  it('leads to the new secret after a rotation', async () => {
    const { credentials } = context({}, getSecret);
    await credentials.get(auth);
    secret = 'new';
    server.answer = only('new');
    const result = await callDependency(POST, settings({ auth }), context({ credentials }));
    expect(result).toEqual({ kind: 'ok', statusCode: 200 });
    expect(server.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('makes every call of the same time repeat with the new secret', async () => {
    const { credentials } = context({}, getSecret);
    await credentials.get(auth);
    secret = 'new';
    server.answer = only('new');
    const call = () => callDependency(POST, settings({ auth }), context({ credentials }));
    expect(await Promise.all([call(), call(), call()])).toEqual(Array(3).fill({ kind: 'ok', statusCode: 200 }));
  });

  it('is a failure where the secret is still the same', async () => {
    server.answer = status(401);
    const result = await callDependency(POST, settings({ auth }), context({}, getSecret));
    expect(result).toMatchObject({ kind: 'failed', error: { statusCode: 401 } });
    expect(server.calls).toHaveLength(1);
  });

  it('is a failure where no fresh secret can be had', async () => {
    let vault = async () => 'old';
    const { credentials } = context({}, () => vault());
    await credentials.get(auth);
    vault = () => Promise.reject(new Error('the vault is away'));
    server.answer = status(401);
    const result = await callDependency(POST, settings({ auth }), context({ credentials }));
    expect(result).toMatchObject({ kind: 'failed', error: { statusCode: 401 } });
    expect(server.calls).toHaveLength(1);
  });

  it('is repeated once at most', async () => {
    let nth = 0;
    server.answer = status(401);
    const result = await callDependency(
      POST,
      settings({ auth }),
      context({}, async () => `token-${nth++}`),
    );
    expect(result).toMatchObject({ kind: 'failed', error: { statusCode: 401 } });
    expect(server.calls).toHaveLength(2);
  });

  const MINUTE = 60_000;

  it.each([
    ['the dependency knows the new secret before Secrets Manager does', { refused: ['old'], current: 'old' }],
    ['Secrets Manager has the new secret before the dependency does', { refused: ['old', 'new'], current: 'new' }],
  ])('is worth another try later while the secret rotates: %s', async (_, { refused, current }) => {
    const newestVersionAt = async () => NOW - 15 * MINUTE;
    const { credentials } = context({}, getSecret, { now: () => NOW, newestVersionAt });
    await credentials.get(auth);
    secret = current;
    server.answer = status(401);
    const result = await callDependency(POST, settings({ auth }), context({ credentials }));
    expect(server.calls).toHaveLength(refused.length);
    if (result.kind !== 'failed') throw new Error(result.kind);
    const verdict = classify(result.error, { rules: [], refreshable: false, attempts: 2, now: NOW });
    expect(verdict).toMatchObject({ kind: 'transient', effect: 'none', rule: 'http-credential-rotating' });
    expect(countsAgainst(verdict)).toBe(false);
  });

  it.each([
    ['long after a rotation', async () => NOW - 15 * MINUTE - 1],
    ['without a version', async () => undefined],
    ['if nobody can tell', () => Promise.reject(new Error('the vault is away'))],
  ])('is final %s', async (_, newestVersionAt) => {
    const { credentials } = context({}, getSecret, { now: () => NOW, newestVersionAt });
    server.answer = status(401);
    const result = await callDependency(POST, settings({ auth }), context({ credentials }));
    expect(result).toMatchObject({ kind: 'failed', error: { statusCode: 401 } });
  });

  it('asks for the versions of a secret once for all calls of the same time', async () => {
    let asked = 0;
    const newestVersionAt = async () => {
      asked++;
      return undefined;
    };
    let now = NOW;
    const { credentials } = context({}, getSecret, { now: () => now, newestVersionAt });
    await Promise.all([credentials.isRotating(auth), credentials.isRotating(auth)]);
    expect(asked).toBe(1);
    now += 15_000;
    await credentials.isRotating(auth);
    expect(asked).toBe(2);
  });

  it('is a failure where there is no credential', async () => {
    server.answer = status(401);
    expect(await callDependency(POST, settings(), context())).toMatchObject({ error: { statusCode: 401 } });
    expect(server.calls).toHaveLength(1);
  });
});
