import { beforeEach, describe, expect, it } from 'vitest';
import { type Credentials, createCredentials } from '../../../../lambdas/adapters/boundary/credentials.ts';
import type { AuthSettings } from '../../../../lambdas/contract/settings.ts';

const BEARER: AuthSettings = { scheme: 'bearer', secretName: 'shop/token' };

let secret: string;
let time: number;
let fetched: string[];
let credentials: Credentials;

beforeEach(() => {
  secret = 'first';
  time = 0;
  fetched = [];
  const getSecret = async (name: string) => {
    fetched.push(name);
    if (secret === 'unreachable') throw Object.assign(new Error('the vault is away'), { $metadata: { attempts: 2 } });
    if (secret === 'denied')
      throw Object.assign(new Error('not yours'), {
        name: 'AccessDeniedException',
        $metadata: { httpStatusCode: 400 },
      });
    return secret;
  };
  credentials = createCredentials(getSecret, { now: () => time, maxAgeMs: 1_000, maxStaleMs: 100_000 });
});

async function bearer() {
  const credential = await credentials.get(BEARER);
  if (!credential) throw new Error('no credential');
  return credential;
}

describe('get', () => {
  it.each<[AuthSettings, string, { header: string; value: string }]>([
    [BEARER, 'token', { header: 'authorization', value: 'Bearer token' }],
    [
      { scheme: 'basic', secretName: 's' },
      'jörg:pass word',
      { header: 'authorization', value: `Basic ${Buffer.from('jörg:pass word').toString('base64')}` },
    ],
    [BEARER, 'token\n', { header: 'authorization', value: 'Bearer token' }],
    [BEARER, '{"token":"token"}', { header: 'authorization', value: 'Bearer token' }],
    [
      { scheme: 'basic', secretName: 's' },
      '{"username":"u","password":"p","host":"h"}',
      { header: 'authorization', value: `Basic ${Buffer.from('u:p').toString('base64')}` },
    ],
    [{ scheme: 'api-key', secretName: 's' }, 'key', { header: 'x-api-key', value: 'key' }],
    [{ scheme: 'api-key', secretName: 's', header: 'x-shop-key' }, 'key', { header: 'x-shop-key', value: 'key' }],
  ])('makes the header of %j', async (auth, value, expected) => {
    secret = value;
    expect(await credentials.get(auth)).toEqual(expected);
  });

  it('has none where none is configured', async () => {
    expect(await credentials.get(undefined)).toBeUndefined();
    expect(fetched).toEqual([]);
  });

  it('fetches a secret once for calls at the same time and for those that follow', async () => {
    await Promise.all([credentials.get(BEARER), credentials.get(BEARER)]);
    time = 999;
    await credentials.get(BEARER);
    expect(fetched).toEqual(['shop/token']);
  });

  it('fetches it again when it has grown old', async () => {
    await credentials.get(BEARER);
    time = 1_000;
    secret = 'second';
    expect((await bearer()).value).toBe('Bearer second');
  });

  it('does not remember a failure', async () => {
    secret = 'unreachable';
    await expect(credentials.get(BEARER)).rejects.toThrow('the vault is away');
    secret = 'back';
    expect((await bearer()).value).toBe('Bearer back');
  });

  it('serves a known secret for longer while Secrets Manager is unreachable, and asks now and then', async () => {
    await credentials.get(BEARER);
    secret = 'unreachable';
    for (time = 1_000; time < 100_000; time += 1_000) expect((await bearer()).value).toBe('Bearer first');
    expect(fetched).toHaveLength(1 + 7);
    time = 200_000;
    await expect(credentials.get(BEARER)).rejects.toThrow('the vault is away');
  });

  it('takes the new secret as soon as Secrets Manager answers', async () => {
    await credentials.get(BEARER);
    [time, secret] = [1_000, 'unreachable'];
    await credentials.get(BEARER);
    [time, secret] = [16_000, 'second'];
    expect((await bearer()).value).toBe('Bearer second');
  });

  it('serves no secret that Secrets Manager refuses', async () => {
    await credentials.get(BEARER);
    [time, secret] = [1_000, 'denied'];
    await expect(credentials.get(BEARER)).rejects.toThrow('not yours');
    secret = 'unreachable';
    await expect(credentials.get(BEARER)).rejects.toThrow('the vault is away');
  });

  it.each([
    ['bearer', 'MARKER\r\nhost: evil'],
    ['bearer', 'MARKER\n '],
    ['bearer', '{"user":"u","token":"MARKER"}'],
    ['api-key', '{"key":{"is":"MARKER"}}'],
    ['basic', '{"username":"u","secret":"MARKER"}'],
    ['bearer', 'MARKER\u00fc'],
    ['bearer', ''],
    ['api-key', 'MARKER\0'],
    ['api-key', ' MARKER'],
    ['basic', 'MARKER'],
    ['basic', 'user:MARKER\n\0'],
  ] as const)('refuses the %s secret %j without telling it', async (scheme, value) => {
    secret = value;
    const error: unknown = await credentials.get({ scheme, secretName: 'shop/key' }).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'CredentialError', message: expect.stringContaining('shop/key') });
    expect(String(error)).not.toContain('MARKER');
  });
});

describe('refresh', () => {
  it('says so when the secret has been rotated, and get gives the new one', async () => {
    const refused = await bearer();
    secret = 'second';
    expect(await credentials.refresh(BEARER, refused)).toBe(true);
    expect((await bearer()).value).toBe('Bearer second');
  });

  it('throws when an old secret is refused and no other can be had, and serves the old one no more', async () => {
    const refused = await bearer();
    [time, secret] = [1_000, 'unreachable'];
    await credentials.get(BEARER);
    await expect(credentials.refresh(BEARER, refused)).rejects.toThrow('the vault is away');
    await expect(credentials.get(BEARER)).rejects.toThrow('the vault is away');
  });

  it('says no when a fresh secret is refused and no other can be had', async () => {
    const refused = await bearer();
    secret = 'unreachable';
    expect(await credentials.refresh(BEARER, refused)).toBe(false);
  });

  it('says so when it is still the same', async () => {
    expect(await credentials.refresh(BEARER, await bearer())).toBe(false);
  });

  it('tells every call that was refused at the same time', async () => {
    const refused = await bearer();
    secret = 'second';
    const answers = await Promise.all([1, 2, 3].map(() => credentials.refresh(BEARER, refused)));
    expect(answers).toEqual([true, true, true]);
  });

  it('does not fetch again what has been fetched since', async () => {
    const refused = await bearer();
    secret = 'second';
    await credentials.refresh(BEARER, refused);
    expect(await credentials.refresh(BEARER, refused)).toBe(true);
    expect(fetched).toHaveLength(2);
  });
});
