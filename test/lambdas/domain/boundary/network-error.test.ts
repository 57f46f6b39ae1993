import { describe, expect, it } from 'vitest';
import { networkError } from '../../../../lambdas/domain/boundary/network-error.ts';

const system = (code: string, facts: object = {}) => Object.assign(new Error('a foreign message'), { code, ...facts });
const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause });

describe('networkError', () => {
  it('finds the code in the cause', () => {
    const cause = system('ECONNREFUSED', { syscall: 'connect', address: '10.0.0.1', port: 443 });
    expect(networkError(fetchFailed(cause))).toEqual({
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 10.0.0.1:443',
    });
  });

  it('names the host of a failed look-up', () => {
    const cause = system('ENOTFOUND', { syscall: 'getaddrinfo', hostname: 'api.example.test' });
    expect(networkError(fetchFailed(cause)).message).toBe('getaddrinfo ENOTFOUND api.example.test');
  });

  it('finds the first code among several errors', () => {
    const several = new AggregateError([new Error('no code'), system('ETIMEDOUT'), system('ECONNREFUSED')]);
    expect(networkError(fetchFailed(several))).toEqual({ code: 'ETIMEDOUT', message: 'ETIMEDOUT' });
  });

  it('prefers the error of an attempt that may have got further', () => {
    const refused = system('ECONNREFUSED', { syscall: 'connect' });
    const several = new AggregateError([refused, system('ECONNRESET', { syscall: 'read' })]);
    expect(networkError(fetchFailed(several)).code).toBe('ECONNRESET');
  });

  it('reads the attempts of a connect time-out, not the code that Node gives to all of them', () => {
    const parts = [system('ETIMEDOUT', { syscall: 'connect' }), system('ENETUNREACH', { syscall: 'connect' })];
    const several = Object.assign(new AggregateError(parts), { code: 'ETIMEDOUT' });
    expect(networkError(fetchFailed(several))).toEqual({ code: 'ETIMEDOUT', message: 'connect ETIMEDOUT' });
  });

  it('keeps that the handshake was not finished', () => {
    const message = 'Client network socket disconnected before secure TLS connection was established';
    const cause = Object.assign(new Error(message), { code: 'ECONNRESET' });
    expect(networkError(fetchFailed(cause))).toEqual({ code: 'ECONNRESET', message });
  });

  it('finds the code deep in a chain of causes', () => {
    const deep = new Error('outer', { cause: new Error('middle', { cause: system('ECONNRESET') }) });
    expect(networkError(deep).code).toBe('ECONNRESET');
  });

  it('takes the name of the first error that has a telling one', () => {
    const cause = Object.assign(system('UND_ERR_CONNECT_TIMEOUT'), { name: 'ConnectTimeoutError' });
    expect(networkError(fetchFailed(cause))).toMatchObject({
      name: 'ConnectTimeoutError',
      code: 'UND_ERR_CONNECT_TIMEOUT',
    });
  });

  it('leaves out the numeric code of a DOMException', () => {
    expect(networkError(new DOMException('text', 'AbortError'))).toEqual({
      name: 'AbortError',
      message: 'no answer came',
    });
  });

  it('survives a chain that turns back on itself', () => {
    const error = new Error('round');
    error.cause = error;
    expect(networkError(error).name).toBe('NetworkError');
  });

  it.each([[undefined], [null], ['text'], [42], [{}]])('survives %j being thrown', (thrown) => {
    expect(networkError(thrown)).toEqual({ name: 'NetworkError', message: 'no answer came' });
  });

  it('hands on nothing of a foreign message', () => {
    const secret = 'MARKER';
    const error = Object.assign(new TypeError(secret), {
      code: `${secret} code`,
      cause: new Error(`?token=${secret}`),
    });
    expect(JSON.stringify(networkError(error))).not.toContain(secret);
  });
});
