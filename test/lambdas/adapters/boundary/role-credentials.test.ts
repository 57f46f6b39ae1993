import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsCaller } from '../../../../lambdas/adapters/boundary/aws-caller.ts';
import { roleCredentials } from '../../../../lambdas/adapters/boundary/role-credentials.ts';
import { BusyError } from '../../../../lambdas/contract/errors.ts';
import { ALWAYS } from '../../../support/departures.ts';
import { json } from '../../../support/json.ts';
import { awsSettings, NOW, sampleEntry } from '../../../support/samples.ts';
import { RecordingServer, status } from './recording-server.ts';

const HOUR = 3_600_000;
const role = { roleArn: 'arn:aws:iam::222222222222:role/backstop-calls', externalId: 'shop' };

describe('the credentials of a role', () => {
  let now = NOW;
  const assumed: string[] = [];
  const credentialsOf = () =>
    roleCredentials(
      async (_, session) => {
        assumed.push(session);
        const accessKeyId = `${session} ${assumed.length}`;
        return { accessKeyId, secretAccessKey: 's', sessionToken: 't', expiration: new Date(now + HOUR) };
      },
      () => now,
    );
  beforeEach(() => {
    now = NOW;
    assumed.length = 0;
  });

  it('serve all calls of a dependency until five minutes before they expire', async () => {
    const of = credentialsOf();
    const [first] = await Promise.all([of(role, 'billing'), of(role, 'billing')]);
    now += HOUR - 300_001;
    expect(await of(role, 'billing')).toBe(first);
    now += 1;
    const renewed = await Promise.all([of(role, 'billing'), of(role, 'billing')]);
    expect(renewed.map(({ accessKeyId }) => accessKeyId)).toEqual(['backstop-billing 2', 'backstop-billing 2']);
  });

  it('are those of one dependency, whose name stands in the session', async () => {
    const of = credentialsOf();
    const found = [await of(role, 'billing'), await of(role, 'mail')];
    expect(found.map(({ accessKeyId }) => accessKeyId)).toEqual(['backstop-billing 1', 'backstop-mail 2']);
  });

  it('are asked for again after a refusal, whose error says no more than its name', async () => {
    let calls = 0;
    const of = roleCredentials(async () => {
      calls++;
      throw Object.assign(new Error('User: MARKER is not authorized'), { name: 'AccessDenied' });
    });
    const refused = await of(role, 'billing').catch((error: Error) => error);
    expect(refused).toMatchObject({
      name: 'AssumeRoleError',
      message: `billing: STS does not let Backstop assume ${role.roleArn}: AccessDenied`,
    });
    await expect(of(role, 'billing')).rejects.toThrow('AccessDenied');
    expect(calls).toBe(2);
  });
});

describe('a call in a role', () => {
  const service = new RecordingServer();
  beforeAll(() => service.start());
  beforeEach(() => {
    service.reset();
    vi.stubEnv('AWS_ENDPOINT_URL', service.baseUrl.replace('/v1', ''))
      .stubEnv('AWS_REGION', 'us-east-1')
      .stubEnv('AWS_ACCESS_KEY_ID', 'OWN')
      .stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(() => service.stop());

  const expiration = new Date(Date.now() + HOUR).toISOString();
  const credentials = `<Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration></Credentials>`;
  const answer = `<AssumeRoleResponse><AssumeRoleResult>${credentials}</AssumeRoleResult></AssumeRoleResponse>`;
  const settings = awsSettings('lambda', { assumeRole: role, timeoutMs: 600_000 });
  const operation = { method: 'POST', path: '/', body: json(1) } as const;
  const keyOf = (call: (typeof service.calls)[0] | undefined) =>
    /Credential=([^/]+)/.exec(String(call?.headers.authorization))?.[1];

  it('carries the credentials of the role, which the function asks for once, with the external id', async () => {
    service.answer = (request, response) =>
      request.url === '/' ? status(200, {}, answer)(request, response) : status(200, {}, '"done"')(request, response);
    const call = awsCaller();
    for (let at = 0; at < 2; at++) {
      expect(await call(operation, settings, sampleEntry(), ALWAYS)).toEqual({ kind: 'ok', statusCode: 200 });
    }
    expect(service.calls.map(keyOf)).toEqual(['OWN', 'ROLE', 'ROLE']);
    const asked = new URLSearchParams(service.calls[0]?.body);
    expect(Object.fromEntries(asked)).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: role.roleArn,
      ExternalId: 'shop',
      RoleSessionName: 'backstop-target',
    });
    expect(service.calls[1]?.headers['x-amz-security-token']).toBe('t');
  });

  it('does not begin while STS refuses the role', async () => {
    service.answer = status(403, {}, '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>');
    const departed = vi.fn();
    await expect(awsCaller()(operation, settings, sampleEntry(), departed)).rejects.toThrow('AccessDenied');
    expect(departed).not.toHaveBeenCalled();
    expect(service.calls.map(({ url }) => url)).toEqual(['/']);
  });

  it('does not leave once its lease is over', async () => {
    service.answer = status(200, {}, answer);
    const late = () => {
      throw new BusyError('late');
    };
    await expect(awsCaller()(operation, settings, sampleEntry(), late)).rejects.toThrow('late');
    expect(service.calls).toHaveLength(1);
  });
});
