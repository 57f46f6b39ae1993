import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildRequest, unsafePath } from '../../../../lambdas/domain/boundary/http-request.ts';
import { sampleSettings } from '../../../support/samples.ts';

const SETTINGS = sampleSettings({ name: 'shop', baseUrl: 'https://api.example.test/v1' });
const EXTRAS = { correlationId: 'c-1' };

describe('unsafePath, where the dependency takes encoded slashes', () => {
  const refusal = (path: string) => unsafePath(path, { encodedSlashes: true });

  it.each(['/projects/group%2Fname', '/a%2fb%2Fc', '/a%2F', '/a%2F%2Fb', '/files/a%2Fb.txt%2F..c', '/.well%2Fknown'])(
    'accepts %s',
    (path) => {
      expect(refusal(path)).toBeUndefined();
      expect(buildRequest({ method: 'GET', path }, { ...SETTINGS, encodedSlashes: true }, EXTRAS).url.pathname).toBe(
        `/v1${path}`,
      );
    },
  );

  it.each([
    ['%2Fevil.test', 'start'],
    ['/%2Fevil.test', 'one slash'],
    ['/%2f%2Fevil.test', 'one slash'],
    ['/a%2F..', 'dots'],
    ['/a%2F..%2Fb', 'dots'],
    ['/a/..%2Fb', 'dots'],
    ['/a%2F../b', 'dots'],
    ['/a%2F.', 'dots'],
    ['/a%2f.%2fb', 'dots'],
    ['/a%2F..;x%2Fb', 'dots'],
    ['/a%2F..%3B', 'dots'],
    ['/a%2F..%00', 'control'],
    ['/a%2F%2e%2e%2Fb', 'encoded dot'],
    ['/%2e%2e%2fb', 'encoded dot'],
    ['/a%2Fb%5Cc', 'encoded dot'],
    ['/a%2F\\b', 'backslash'],
    ['/a%252Fb', 'twice'],
    ['/a%2F%252e%252e', 'twice'],
    ['/a%2F%00', 'control'],
    ['/a%2Fb?c', 'query'],
    ['/a%2', 'percent-encoded'],
  ])('refuses %j', (path, reason) => {
    expect(refusal(path)).toContain(reason);
  });

  it('leaves no path above its base, and no host but its own, for a server that decodes the slashes', () => {
    const part = fc.constantFrom(
      '/',
      '%2F',
      '%2f',
      '.',
      '..',
      '%2e',
      '%2E',
      '%5c',
      '\\',
      'a',
      ';',
      '%25',
      '%00',
      '@',
      ':',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const path = `/${parts.join('')}`;
        if (refusal(path) !== undefined) return;
        const decoded = new URL(`https://api.example.test/v1${decodeURIComponent(path)}`);
        expect(decoded.host).toBe('api.example.test');
        expect(decoded.pathname.startsWith('/v1/')).toBe(true);
        expect(new URL(decodeURIComponent(path), 'https://api.example.test').host).toBe('api.example.test');
      }),
      { numRuns: 1_000 },
    );
  });
});
