import fc from 'fast-check';

/** Errors with the fields that drivers and clients set, beside name, code, status and message. */
const number = fc.constantFrom(112, 408, 420, 421, 423, 425, 429, 449, 503, 1205, 1213, 2601, 40501);
const syscall = fc.constantFrom('connect', 'getaddrinfo', 'queryA', 'read', 'write', 'writev', 'shutdown');
const socketCode = fc.constantFrom('ECONNREFUSED', 'EHOSTUNREACH', 'ETIMEDOUT', 'ECONNRESET', 'ENETUNREACH', 'EPIPE');
const reason = fc.constantFrom('rateLimitExceeded', 'userRateLimitExceeded', 'forbidden', 'quotaExceeded', 'notFound');
const status = fc.constantFrom(200, 400, 403, 404, 409, 429, 500, 503);
const wait = { headers: { 'retry-after': ['20', '20'], 'x-request-id': 'r1' } };

const thrownFacts: fc.Arbitrary<object> = fc.oneof(
  number.map((one) => ({ name: 'RequestError', code: 'EREQUEST', number: one })),
  number.map((errno) => ({ errno, sqlState: '40001', sqlMessage: 'text' })),
  number.map((code) => ({ name: 'MongoServerError', code, codeName: 'WriteConflict' })),
  number.map((errorNum) => ({ errorNum })),
  number.map((code) => ({ name: 'CarrierError', code })),
  number.map((code) => ({ name: 'HttpError', code })),
  fc.constantFrom(421, 450, 535, 550).map((responseCode) => ({ code: 'EENVELOPE', responseCode })),
  fc.tuple(socketCode, syscall).map(([code, call]) => ({ code, syscall: call, errno: -111 })),
  fc.tuple(status, fc.boolean()).map(([statusCode, retryable]) => ({ statusCode, retryable })),
  status.map((httpStatusCode) => ({ $metadata: { httpStatusCode }, $retryable: { throttling: true } })),
  fc.integer({ min: 1, max: 16 }).map((code) => ({ code, details: 'text', metadata: { internalRepr: {} } })),
  fc.tuple(status, reason).map(([code, why]) => ({
    response: { status: code, ...wait, data: { error: { errors: [{ reason: why }], message: 'text' } } },
  })),
  reason.map((code) => ({ name: 'ApolloError', graphQLErrors: [{ message: 'text', extensions: { code } }] })),
  reason.map((code) => ({ errors: [{ message: 'text', extensions: { code } }] })),
  fc
    .array(status, { minLength: 1, maxLength: 30 })
    .map((all) => ({ errors: all.map((statusCode) => ({ statusCode })) })),
  fc.tuple(status, reason).map(([statusCode, name]) => ({ statusCode, cause: { name }, inner: { code: 'ETIMEDOUT' } })),
  fc.array(socketCode, { minLength: 1, maxLength: 30 }).map((all) => ({
    code: all[0],
    errors: all.map((code) => Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code, syscall: 'connect' })),
  })),
  fc.integer({ min: 0, max: 3 }).map((attempts) => ({ statusCode: 429, attempts })),
);
const message = fc.constantFrom('', 'odd', 'fetch failed', 'Failed after 3 retries', '14 UNAVAILABLE: no connection');

/** With up to eight causes. */
export const DRIVER_ERRORS: fc.Arbitrary<Error> = fc
  .tuple(thrownFacts, message, fc.array(message, { maxLength: 8 }))
  .map(([facts, text, outer]) =>
    outer.reduce((cause, words) => new Error(words, { cause }), Object.assign(new Error(text), facts)),
  );
