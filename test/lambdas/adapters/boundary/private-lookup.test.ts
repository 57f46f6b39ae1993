import { describe, expect, it } from 'vitest';
import { requestSender } from '../../../../lambdas/adapters/boundary/http-connection.ts';
import { lookupFor, privateLookup } from '../../../../lambdas/adapters/boundary/private-lookup.ts';

/** Looks up a host that has these addresses. */
function looked(addresses: readonly string[], options: object = {}): Promise<unknown> {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const lookup = privateLookup((_, __, done) => done(null, found));
  return new Promise((resolve, reject) =>
    lookup('orders.internal', options, (error, address, family) =>
      error ? reject(error) : resolve(family === undefined ? address : [address, family]),
    ),
  );
}

describe('the look-up of a host that gets plain text', () => {
  it('finds private addresses', async () => {
    expect(await looked(['10.0.0.5', 'fd00::5'])).toEqual(['10.0.0.5', 4]);
    expect(await looked(['10.0.0.5', 'fd00::5'], { all: true })).toEqual([
      { address: '10.0.0.5', family: 4 },
      { address: 'fd00::5', family: 6 },
    ]);
  });

  it.each(['169.254.169.254', '127.0.0.1', '::1', '8.8.8.8', 'fe80::1', '::ffff:8.8.8.8'])(
    'refuses a name with the address %s, even beside a private one',
    async (address) => {
      await expect(looked([address])).rejects.toMatchObject({ code: 'EHOSTNOTPRIVATE' });
      await expect(looked(['10.0.0.5', address], { all: true })).rejects.toMatchObject({ code: 'EHOSTNOTPRIVATE' });
    },
  );

  it('is for plain text only, and not within this machine', () => {
    const needs = (url: string) => lookupFor(new URL(url)) !== undefined;
    expect(needs('http://orders.internal')).toBe(true);
    expect(needs('https://orders.internal')).toBe(false);
    expect(['http://localhost', 'http://127.1', 'http://[::1]'].some(needs)).toBe(false);
  });

  it('says that a name nobody knows is unsent', async () => {
    const lookup = privateLookup((_, __, done) => done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []));
    await expect(new Promise((_, reject) => lookup('x.internal', {}, (error) => reject(error)))).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
    const request = { method: 'GET', headers: new Headers(), connectTimeoutMs: 1_000, mayReuseConnection: false };
    const sending = requestSender()(new URL('http://localhost.localdomain.invalid'), {
      ...request,
      signal: AbortSignal.timeout(5_000),
    });
    await expect(sending).rejects.toThrow();
  });
});
