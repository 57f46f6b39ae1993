import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCredentials } from '../../../lambdas/adapters/boundary/credentials.ts';
import { callDependency } from '../../../lambdas/adapters/boundary/http-call.ts';
import { buildRequest } from '../../../lambdas/domain/boundary/http-request.ts';
import { baseUrl } from '../../../lib/config/base-url.ts';
import { toSettings } from '../../../lib/config/config.ts';

const mistakes = (url: string) => (v.safeParse(baseUrl, url).issues ?? []).map(({ message }) => `baseUrl ${message}`);
const isAccepted = (url: string) => mistakes(url).length === 0;

describe('a base URL', () => {
  it.each([
    'https://api.example.com',
    'https://api.example.com.',
    'https://API.example.com:6000/v1/',
    'https://under_score.example.com',
    'https://münchen.example',
    'https://10.1.2.3:10080',
    'https://[2001:db8::1]:8443/x',
    'http://[::1]:1',
    'http://127.1',
    `https://${'a'.repeat(63)}.example`,
  ])('may be %s', (url) => {
    expect(mistakes(url)).toEqual([]);
  });

  it.each([
    ['https://api.example.com:0', 'port'],
    ['http://localhost:0/v1', 'port'],
    ['https://a..b', 'host'],
    ['https://.example.com', 'host'],
    ['https://-a.example.com', 'host'],
    ['https://a-.example.com', 'host'],
    ['https://a*b.example.com', 'host'],
    ['https://a,b.example.com', 'host'],
    ['https://0.0.0.0', 'host'],
    ['https://[::]', 'host'],
    ['https://0', 'host'],
    [`https://${'a'.repeat(64)}.example`, 'host'],
    [`https://${'a.'.repeat(127)}example`, 'host'],
    ['https://[fe80::1%25eth0]', 'absolute URL'],
    ['https://a b', 'absolute URL'],
    ['https://', 'absolute URL'],
    ['https://api.example.com:65536', 'absolute URL'],
  ])('must not be %s', (url, problem) => {
    expect(mistakes(url).join()).toContain(problem);
  });

  it.each([
    ['http://10.0.0.5:8080', true],
    ['http://172.16.0.1', true],
    ['http://172.31.255.255', true],
    ['http://172.32.0.1', false],
    ['http://192.168.1.1', true],
    ['http://192.169.1.1', false],
    ['http://0xa.1', true],
    ['http://[fd00::1]', true],
    ['http://[fc12:3::1]', true],
    ['http://[fe80::1]', false],
    ['http://[::ffff:10.0.0.1]', false],
    ['http://169.254.169.254', false],
    ['http://0.0.0.0', false],
    ['http://orders.internal', true],
    ['http://orders.svc.local.', true],
    ['http://internal', false],
    ['http://orders.internal.example.com', false],
    ['http://internal-orders-1.eu-west-1.elb.amazonaws.com', false],
    ['http://10.0.0.1.example.com', false],
  ])('sends plain text to a private host only, and only if the config says so: %s', (url, isPrivate) => {
    const settings = (more: object) => toSettings('payments', { kind: 'http', baseUrl: url, ...more });
    expect(() => settings({})).toThrow(/baseUrl must start with https:/);
    if (isPrivate) expect(settings({ privateHttp: true })).toMatchObject({ privateHttp: true });
    else expect(() => settings({ privateHttp: true })).toThrow(/baseUrl must start with https:/);
  });

  it('that is accepted carries a path to its own host, below its own path', () => {
    const part = fc.constantFrom(
      'a',
      'ü',
      '.',
      '..',
      '-',
      '_',
      '*',
      ':',
      '1',
      '443',
      '/',
      '//',
      '%2e',
      '%',
      '@',
      '?',
      ';',
      '[',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const url = `https://${parts.join('')}`;
        if (!isAccepted(url)) return;
        const settings = toSettings('payments', { kind: 'http', baseUrl: url });
        const request = buildRequest({ method: 'GET', path: '/orders' }, settings, { correlationId: 'c-1' });
        expect(request.url.host).toBe(new URL(url).host);
        expect(request.url.pathname.endsWith('/orders')).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('that is accepted serves a call, whatever its path', async () => {
    const server = createServer((_, response) => void response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const credentials = createCredentials(async () => 'secret');
    const context = { idempotencyKey: 'f-1', correlationId: 'c-1', credentials };
    const path = fc.array(
      fc.constantFrom('a', 'ü', '/', '.', '%', '%20', '%2e', '"', '<', '|', '^', '{', '\u0001', "'", '+'),
      {
        maxLength: 8,
      },
    );
    await fc.assert(
      fc.asyncProperty(path, async (parts) => {
        const url = `http://127.0.0.1:${port}/${parts.join('')}`;
        if (!isAccepted(url)) return;
        const settings = { ...toSettings('payments', { kind: 'http', baseUrl: url }), timeoutMs: 600_000 };
        expect(await callDependency({ method: 'GET', path: '/x' }, settings, context)).toMatchObject({ kind: 'ok' });
      }),
    );
  });
});
