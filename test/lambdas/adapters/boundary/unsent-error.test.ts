import { describe, expect, it } from 'vitest';
import { isUnsent, unsentError } from '../../../../lambdas/adapters/boundary/unsent-error.ts';
import { networkError } from '../../../../lambdas/domain/boundary/network-error.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { NOW } from '../../../support/samples.ts';

const coded = (facts: object) => Object.assign(new Error('MARKER'), facts);
const at = (code: string) => coded({ code, syscall: 'connect', address: '10.0.0.1', port: 443 });
const effectOf = (error: Error) =>
  classify(networkError(error), { rules: [], refreshable: false, attempts: 1, now: NOW }).effect;

describe('the error of a connection that was not established', () => {
  it.each([
    ['is refused', at('ECONNREFUSED')],
    ['finds no way', at('EHOSTUNREACH')],
    ['finds no network', at('ENETUNREACH')],
    ['takes longer than the system allows', at('ETIMEDOUT')],
    ['is reset during the handshake', coded({ code: 'ECONNRESET' })],
    ['breaks in the handshake', coded({ code: 'EPROTO', syscall: 'write' })],
    ['has no address', coded({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
    ['meets a wrong certificate', coded({ code: 'CERT_HAS_EXPIRED' })],
    ['is given up with the call', coded({ name: 'AbortError', code: 'ABORT_ERR' })],
    ['tries several addresses', new AggregateError([at('EHOSTUNREACH'), at('ETIMEDOUT')])],
    [
      'tries several addresses for too long',
      Object.assign(new AggregateError([at('ETIMEDOUT')]), { code: 'ETIMEDOUT' }),
    ],
  ])('proves that nothing was sent, where it %s', (_, error) => {
    expect(effectOf(unsentError(error))).toBe('none');
    expect(JSON.stringify(networkError(unsentError(error)))).not.toContain('MARKER');
  });

  it('is told from the same error after the connection', () => {
    expect(effectOf(coded({ code: 'ECONNRESET' }))).toBe('unknown');
    expect(effectOf(coded({ code: 'EPROTO', syscall: 'write' }))).toBe('unknown');
    expect(isUnsent(coded({ code: 'ECONNRESET' }))).toBe(false);
    expect(isUnsent(unsentError(coded({ code: 'ECONNRESET' })))).toBe(true);
  });
});
