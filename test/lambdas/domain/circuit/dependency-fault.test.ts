import { describe, expect, it } from 'vitest';
import { isDependencyFault } from '../../../../lambdas/domain/circuit/dependency-fault.ts';

const error = (facts: object, message = 'no') => Object.assign(new Error(message), facts);

describe('the dependency is at fault', () => {
  it.each<[string, unknown]>([
    ['a status of its own', error({ statusCode: 503 })],
    ['a status as fetch has it', error({ status: 429 })],
    ['a status as the AWS SDK has it', error({ name: 'ServiceException', $metadata: { httpStatusCode: 500 } })],
    ['a status as axios has it', error({ code: 'ERR_BAD_RESPONSE', response: { status: 502 } })],
    ['a status as got has it', error({ response: { statusCode: 504 } })],
    ['a refused connection', error({ code: 'ECONNREFUSED' })],
    ['a refused connection behind fetch', new TypeError('fetch failed', { cause: error({ code: 'ECONNREFUSED' }) })],
    ['a timeout', new DOMException('timed out', 'TimeoutError')],
    ['a status of gRPC', error({ code: 14 }, '14 UNAVAILABLE: no connection')],
    ['a throttled call', error({ name: 'ThrottlingException' })],
  ])('%s', (_, thrown) => expect(isDependencyFault(thrown)).toBe(true));
});

describe('the dependency is not at fault', () => {
  it.each<[string, unknown]>([
    ['a request that is refused', error({ statusCode: 400 })],
    ['what is not found', error({ response: { status: 404 } })],
    ['a conflict', error({ status: 409 })],
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'total')")],
    ['what no rule knows', new Error('no')],
    ['a text', 'down'],
    ['nothing', undefined],
  ])('%s', (_, thrown) => expect(isDependencyFault(thrown)).toBe(false));
});
