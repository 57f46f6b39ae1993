import { describe, expect, it } from 'vitest';
import type { ReportedError, VerdictKind } from '../../../../lambdas/contract/verdict.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';

type Case = [title: string, error: ReportedError, kind: VerdictKind, rule: string];

const verdictOf = (error: ReportedError) => classify(error, { rules: [], refreshable: false, attempts: 1, now: 0 });

describe('classify, of databases', () => {
  it.each<Case>([
    ['PostgreSQL, serialization', { code: '40001' }, 'transient', 'store-deadlock'],
    ['PostgreSQL, deadlock', { code: '40P01' }, 'transient', 'store-deadlock'],
    ['PostgreSQL, lock not available', { code: '55P03' }, 'transient', 'store-timeout'],
    ['PostgreSQL, query cancelled', { code: '57014' }, 'transient', 'store-timeout'],
    ['PostgreSQL, connection failure', { code: '08006' }, 'transient', 'store-unreachable'],
    ['PostgreSQL, shutting down', { code: '57P01' }, 'transient', 'store-unreachable'],
    ['PostgreSQL, now a replica', { code: '25006' }, 'transient', 'store-unreachable'],
    ['PostgreSQL, too many connections', { code: '53300' }, 'transient', 'store-exhausted'],
    ['PostgreSQL, unique violation', { code: '23505' }, 'conflict', 'store-duplicate'],
    ['PostgreSQL, foreign key', { code: '23503' }, 'permanent', 'store-unfit-request'],
    ['PostgreSQL, wrong data', { code: '22P02' }, 'permanent', 'store-unfit-request'],
    ['PostgreSQL, no such table', { code: '42P01' }, 'permanent', 'store-unfit-request'],
    ['PostgreSQL, insufficient privilege', { code: '42501' }, 'permanent', 'store-login'],
    ['PostgreSQL, wrong password', { code: '28P01' }, 'permanent', 'store-login'],
    ['MySQL, deadlock', { code: 'ER_LOCK_DEADLOCK' }, 'transient', 'store-deadlock'],
    ['MySQL, deadlock by number', { code: '1213' }, 'transient', 'store-deadlock'],
    ['MySQL, lock timeout', { code: 'ER_LOCK_WAIT_TIMEOUT' }, 'transient', 'store-timeout'],
    ['MySQL, too many connections', { code: 'ER_CON_COUNT_ERROR' }, 'transient', 'store-exhausted'],
    ['MySQL, connection lost', { code: 'PROTOCOL_CONNECTION_LOST' }, 'transient', 'store-unreachable'],
    ['MySQL, duplicate', { code: 'ER_DUP_ENTRY' }, 'conflict', 'store-duplicate'],
    ['MySQL, access denied', { code: 'ER_ACCESS_DENIED_ERROR' }, 'permanent', 'store-login'],
    ['MySQL, syntax', { code: 'ER_PARSE_ERROR' }, 'permanent', 'store-unfit-request'],
    ['SQL Server, deadlock victim', { code: '1205' }, 'transient', 'store-timeout'],
    ['SQL Server, snapshot conflict', { code: '3960' }, 'transient', 'store-deadlock'],
    ['SQL Server, database not available', { code: '40613' }, 'transient', 'store-unreachable'],
    ['SQL Server, busy', { code: '40501' }, 'throttled', 'store-busy'],
    ['SQL Server, duplicate', { code: '2627' }, 'conflict', 'store-duplicate'],
    ['SQL Server, constraint, no HTTP status', { code: '547' }, 'permanent', 'store-unfit-request'],
    ['Oracle, deadlock', { message: 'ORA-00060: deadlock detected' }, 'transient', 'store-deadlock'],
    ['Oracle, deadlock by code', { code: 'ORA-00060' }, 'transient', 'store-deadlock'],
    ['Oracle, resource busy', { message: 'ORA-00054: resource busy' }, 'transient', 'store-timeout'],
    ['Oracle, no listener', { message: 'ORA-12541: TNS:no listener' }, 'transient', 'store-unreachable'],
    ['Oracle, shared memory', { message: 'ORA-04031: unable to allocate' }, 'transient', 'store-exhausted'],
    ['Oracle, duplicate', { message: 'ORA-00001: unique constraint' }, 'conflict', 'store-duplicate'],
    ['Oracle, password', { message: 'ORA-01017: invalid username' }, 'permanent', 'store-login'],
    ['MongoDB, host unreachable, no gRPC', { name: 'MongoServerError', code: '6' }, 'transient', 'store-unreachable'],
    ['MongoDB, stepped down', { name: 'MongoServerError', code: '189' }, 'transient', 'store-unreachable'],
    ['MongoDB, not the primary', { name: 'MongoServerError', code: '10107' }, 'transient', 'store-unreachable'],
    ['MongoDB, network', { name: 'MongoNetworkError' }, 'transient', 'store-unreachable'],
    ['MongoDB, no server', { name: 'MongoServerSelectionError' }, 'transient', 'store-unreachable'],
    ['MongoDB, write conflict', { name: 'MongoServerError', code: '112' }, 'transient', 'store-deadlock'],
    ['MongoDB, time limit', { name: 'MongoServerError', code: '50' }, 'transient', 'store-timeout'],
    ['MongoDB, pool', { name: 'MongoWaitQueueTimeoutError' }, 'transient', 'store-exhausted'],
    ['MongoDB, duplicate', { name: 'MongoServerError', code: '11000' }, 'conflict', 'store-duplicate'],
    ['MongoDB, duplicate said', { message: 'E11000 duplicate key error' }, 'conflict', 'store-duplicate'],
    ['MongoDB, login', { name: 'MongoServerError', code: '18' }, 'permanent', 'store-login'],
    ['MongoDB, a number that is no status', { name: 'MongoServerError', code: '404' }, 'permanent', 'unknown-again'],
    ['MongoDB, a number that is no gRPC', { name: 'MongoServerError', code: '1' }, 'permanent', 'unknown-again'],
    ['a number of ClickHouse', { name: 'ClickHouseError', code: '209' }, 'permanent', 'unknown-again'],
    ['a number of Twilio', { name: 'RestException', code: '20404' }, 'permanent', 'platform-refused'],
    ['a number of SQL Server', { name: 'RequestError', code: '209' }, 'permanent', 'store-unfit-request'],
    ['a number that a message quotes', { message: '(1213, "x")' }, 'transient', 'store-deadlock'],
    ['Redis, loading', { message: 'LOADING Redis is loading the dataset' }, 'transient', 'store-unready'],
    ['Redis, try again', { message: 'TRYAGAIN Multiple keys request' }, 'transient', 'store-unready'],
    ['Redis, cluster down', { message: 'CLUSTERDOWN The cluster is down' }, 'transient', 'store-unready'],
    ['Redis, now a replica', { message: "READONLY You can't write" }, 'transient', 'store-unready'],
    ['Redis, out of memory', { message: 'OOM command not allowed' }, 'transient', 'store-exhausted'],
    ['Redis, too many clients', { message: 'ERR max number of clients reached' }, 'transient', 'store-exhausted'],
    ['Redis, password', { message: 'WRONGPASS invalid username-password' }, 'permanent', 'store-login'],
    ['Redis, type', { message: 'WRONGTYPE Operation against a key' }, 'permanent', 'store-unfit-request'],
  ])('says of %s: %o is %s by %s', (_title, error, kind, rule) => {
    expect(verdictOf(error)).toMatchObject({ kind, rule, effect: 'unknown' });
  });
});

describe('classify, of messages', () => {
  it.each<Case>([
    ['fetch', { message: 'fetch failed' }, 'transient', 'message-connection'],
    ['fetch with its usual name', { name: 'TypeError', message: 'fetch failed' }, 'transient', 'message-connection'],
    ['Node', { message: 'socket hang up' }, 'transient', 'message-connection'],
    ['Node, code lost', { message: 'connect ECONNREFUSED 10.0.0.1:443' }, 'transient', 'message-connection'],
    ['Go', { message: 'dial tcp: lookup api: no such host' }, 'transient', 'message-connection'],
    ['Go, cut off', { message: 'unexpected EOF' }, 'transient', 'message-connection'],
    ['a pipe', { message: 'write: broken pipe' }, 'transient', 'message-connection'],
    ['the network', { message: 'Network is down' }, 'transient', 'message-connection'],
    ['a hopeful one', { message: 'Temporary failure' }, 'transient', 'message-connection'],
    ['Go, out of time', { message: 'context deadline exceeded' }, 'transient', 'message-timeout'],
    ['a timeout', { message: 'Read timeout' }, 'transient', 'message-timeout'],
    ['a timeout in two words', { message: 'The operation timed out.' }, 'transient', 'message-timeout'],
    ['a deadlock', { message: 'Deadlock found when trying to get lock' }, 'transient', 'message-deadlock'],
    ['a lock', { message: 'Lock wait timeout exceeded' }, 'transient', 'message-deadlock'],
    ['serialization', { message: 'could not serialize access due to update' }, 'transient', 'message-deadlock'],
    ['a rate', { message: 'Rate exceeded' }, 'throttled', 'message-throttled'],
    ['a limit', { message: 'API rate limit reached' }, 'throttled', 'message-throttled'],
    ['too much', { message: 'Too Many Requests' }, 'throttled', 'message-throttled'],
    ['connections', { message: 'FATAL: too many connections' }, 'transient', 'message-exhausted'],
    ['a heap', { message: 'JavaScript heap out of memory' }, 'transient', 'lambda-died'],
    ['a disk', { message: 'No space left on device' }, 'transient', 'message-exhausted'],
    ['a duplicate', { message: 'UNIQUE constraint failed: a.b' }, 'conflict', 'message-duplicate'],
    ['a certificate', { message: 'certificate has expired' }, 'permanent', 'message-certificate'],
    ['a refusal', { message: 'Access denied for user' }, 'permanent', 'message-access-denied'],
    ['a redirect, no Redis', { message: 'Moved Permanently' }, 'permanent', 'unknown-again'],
    ['a mistake', { message: 'Cannot read properties of undefined' }, 'permanent', 'program-bug'],
    ['nothing known', { message: 'The kettle is empty' }, 'permanent', 'unknown-again'],
    // Words within other words, and within names of the program, say nothing.
    ['a table', { message: 'TableNotFound' }, 'permanent', 'platform-refused'],
    ['an interface', { message: '{"networkInterfaceId":"eni-1","timeout":3}' }, 'permanent', 'unknown-again'],
    [
      'a timer in the stack',
      { message: 'odd\n    at process.processTimers (node:internal/timers:1)\n    at connection refused (a.js:1)' },
      'permanent',
      'unknown-again',
    ],
    ['a card', { message: 'Payment declined. Please try again with another card' }, 'permanent', 'message-unfit'],
    ['a field', { name: 'TypeError', message: "reading 'connectionId'" }, 'permanent', 'program-bug'],
    [
      'a variable',
      { name: 'ReferenceError', message: 'connection timeout is not defined' },
      'permanent',
      'program-bug',
    ],
    ['a cut of the answer', { name: 'TypeError', message: 'terminated' }, 'transient', 'message-connection'],
  ])('says of %s: %o is %s by %s', (_title, error, kind, rule) => {
    expect(verdictOf(error)).toMatchObject({ kind, rule, effect: 'unknown' });
  });

  it.each([
    'connect RequestId: ORA- certificate time',
    'connections to ',
    'request to https://a failed, reason: connect E',
    '"a": ',
    '"errorType" : "',
    'insufficient-a-',
    'no-such-',
    'Aa',
    'A_',
    '(A_A',
    'A.',
    '((1, "',
    'SQLSTATE[[[',
    'read tcp',
    '\n    ',
    'role "a',
    'failed ',
    '[{',
    '{"a":',
    '1 A',
    'status code: ',
  ])('reads no more than 4,000 characters of a message and 256 of a name: %j', (piece) => {
    const error = { message: piece.repeat(4_000).slice(0, 4_000), name: piece.repeat(256).slice(0, 256) };
    const longer = { message: `${error.message} ORA-00060: deadlock detected`, name: `${error.name} DeadlockError` };
    expect(verdictOf(longer)).toEqual(verdictOf(error));
    expect(verdictOf({ ...longer, code: longer.name })).toEqual(verdictOf({ ...error, code: error.name }));
  });
});
