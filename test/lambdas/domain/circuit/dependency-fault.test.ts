import { describe, expect, it } from 'vitest';
import { isDependencyFault } from '../../../../lambdas/domain/circuit/dependency-fault.ts';

const error = (facts: object, message = 'no') => Object.assign(new Error(message), facts);
const down = error({ status: 503 });
const throttled = error({ name: 'ProvisionedThroughputExceededException', $metadata: { httpStatusCode: 400 } });
const rate = { domain: 'usageLimits', reason: 'rateLimitExceeded' };
const endless = new Error('round');
endless.cause = endless;

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
    ['a number of gRPC beside its fields', error({ code: 14, details: 'no', metadata: {} })],
    ['a status of gRPC', error({ code: 14 }, '14 UNAVAILABLE: no connection')],
    ['a throttled call', error({ name: 'ThrottlingException' })],
    ['a throttled call with its status', throttled],
    ['a status as text', error({ status: '503' })],
    ['a status in the cause', { cause: { status: 503 } }],
    [
      'an error of axios as the cause',
      new Error('no', { cause: error({ name: 'AxiosError', response: { status: 503 } }) }),
    ],
    [
      'a cause below three others',
      new Error('a', { cause: new Error('b', { cause: new Error('c', { cause: down }) }) }),
    ],
    ['several calls that failed', new AggregateError([down, down], 'All promises were rejected')],
    ['a database that starts', error({ code: '57P03' })],
    ['a database in the cause of an ORM', error({ name: 'QueryFailedError', driverError: error({ code: '57P03' }) })],
    ['a pool of Prisma', error({ name: 'PrismaClientKnownRequestError', code: 'P2024' })],
    ['a number of SQL Server', error({ name: 'RequestError', code: 'EREQUEST', number: 1205 })],
    ['a number below the driver', error({ code: 'EREQUEST', originalError: { info: { number: 40613 } } })],
    ['a query that the driver could not send', error({ code: 'EREQUEST' })],
    ['an error of the driver below', error({ code: 'EREQUEST', originalError: error({ code: 'ETIMEOUT' }) })],
    ['a number of Oracle', error({ errorNum: 3113 })],
    ['a refused rate in the body', error({ response: { status: 403, data: { error: { errors: [rate] } } } })],
    [
      'a refused rate in the headers',
      error({ status: 403, response: { headers: new Headers({ 'retry-after': '5' }) } }),
    ],
    ['a client that calls it retryable', error({ name: 'OddError', retriable: true })],
    ['a text that says so', 'connect ECONNREFUSED 10.0.0.1:443'],
  ])('%s', (_, thrown) => expect(isDependencyFault(thrown)).toBe(true));
});

describe('the dependency is not at fault', () => {
  it.each<[string, unknown]>([
    ['a request that is refused', error({ statusCode: 400 })],
    ['what is not found', error({ response: { status: 404 } })],
    ['a conflict', error({ status: 409 })],
    ['a bug', new TypeError("Cannot read properties of undefined (reading 'total')")],
    ['what no rule knows', new Error('no')],
    ['a bug that names a field', new TypeError("Cannot read properties of undefined (reading 'connectionId')")],
    ["a caller's own signal", new DOMException('This operation was aborted', 'AbortError')],
    ["a caller's own signal behind axios", error({ name: 'CanceledError', code: 'ERR_CANCELED' })],
    ['a call that the caller cancelled', error({ code: 1 }, '1 CANCELLED: Cancelled on client')],
    ['a refusal beside a failure', new AggregateError([error({ status: 503 }), error({ status: 400 })])],
    [
      'a quota that no wait frees',
      error({ status: 403, response: { data: { error: { status: 'PERMISSION_DENIED' } } } }),
    ],
    ['an error whose getters throw', Object.defineProperty({}, 'message', { get: () => JSON.parse('{') })],
    ['an endless chain', endless],
    ['a query that SQL Server refuses', error({ code: 'EREQUEST', number: 547 })],
    ['an error that a query raises', error({ code: 'EREQUEST', number: 50_000 })],
    ['a number that nothing says is gRPC', error({ code: 14 })],
    ['a text', 'down'],
    ['nothing', undefined],
  ])('%s', (_, thrown) => expect(isDependencyFault(thrown)).toBe(false));
});
