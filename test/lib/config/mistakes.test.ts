import { inspect } from 'node:util';
import { Duration } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { resolveConfig, toSettings } from '../../../lib/config/config.ts';
import type { DependencyConfig, HttpDependencyConfig } from '../../../lib/config/dependency-config.ts';
import { ConfigError } from '../../../lib/config/validate-config.ts';
import { shown } from '../../../lib/config/values.ts';
import { mistakesOf } from '../../support/mistakes.ts';

const minimal: HttpDependencyConfig = { kind: 'http', baseUrl: 'https://api.example.com' };

/** A config without type checks. Node runs TypeScript without them. */
const unchecked = (config: object) => ({ ...minimal, ...config }) as DependencyConfig;

describe('a mistake in a dependency', () => {
  it.each<[string, object, string]>([
    ['kind', { kind: 'grpc' }, "kind must be one of 'http', 'lambda', 'state-machine', 'queue', got 'grpc'"],
    ['kind', { kind: undefined }, "kind must be one of 'http', 'lambda', 'state-machine', 'queue', got undefined"],
    [
      'setting',
      { maxConcurency: 4 },
      "unknown setting 'maxConcurency'; valid settings: kind, baseUrl, privateHttp, timeout, auth, accepts, allowHeaders, idempotencyKeys, idempotencyKeyLifetime, encodedSlashes, retry, circuit, retryBudget, fallback, conflict, redrive, maxConcurrency, ordered, priority, rules, excerpt",
    ],
    ['URL', { baseUrl: undefined }, "baseUrl must be an absolute URL such as 'https://api.example.com', got undefined"],
    ['URL', { baseUrl: '/v1' }, "baseUrl must be an absolute URL such as 'https://api.example.com', got '/v1'"],
    ['URL', { baseUrl: 'ftp://a' }, "baseUrl must be an absolute URL such as 'https://api.example.com', got 'ftp://a'"],
    [
      'URL',
      { baseUrl: 'http://api.example.com' },
      "baseUrl must start with https:// (http:// only for loopback hosts), got 'http://api.example.com'",
    ],
    [
      'URL',
      { baseUrl: 'http://127.0.0.1.example.com' },
      "baseUrl must start with https:// (http:// only for loopback hosts), got 'http://127.0.0.1.example.com'",
    ],
    [
      'URL',
      { baseUrl: 'https://me:secret@api.example.com' },
      "baseUrl must not contain user info (put credentials in auth), got 'https://***@api.example.com'",
    ],
    [
      'URL',
      { baseUrl: 'https://api.example.com/?key=1' },
      "baseUrl must not contain a query or a fragment, got 'https://api.example.com/?***'",
    ],
    [
      'URL',
      { baseUrl: 'https://api.example.com/#' },
      "baseUrl must not contain a query or a fragment, got 'https://api.example.com/#'",
    ],
    ['timeout', { timeout: 5 }, 'timeout must be a Duration such as Duration.minutes(5), got 5'],
    ['timeout', { timeout: Duration.millis(99) }, 'timeout must be at least 100 millis, got 99 millis'],
    ['timeout', { timeout: Duration.seconds(61) }, 'timeout must be at most 1 minute, got 1 minute 1 second'],
    ['auth', { auth: 'token' }, 'auth must be an object, got string'],
    ['auth', { auth: ['token'] }, 'auth must be an object, got array'],
    [
      'auth',
      { auth: { scheme: 'digest', secretName: 's' } },
      "auth.scheme must be one of 'bearer', 'basic', 'api-key', got string",
    ],
    [
      'auth',
      { auth: { scheme: 'bearer', secretName: '' } },
      'auth.secretName must be the name of a secret in AWS Secrets Manager (letters, digits and /_+=.@-), got string',
    ],
    [
      'auth',
      { auth: { scheme: 'api-key', secretName: 's', header: 'x key' } },
      "auth.header must be a header name such as 'x-api-key', got string",
    ],
    [
      'auth',
      { auth: { scheme: 'api-key', secretName: 's', header: 'Authorization' } },
      "auth.header must not be a reserved header; use one such as 'x-api-key', got string",
    ],
    [
      'auth',
      { auth: { scheme: 'bearer', secretName: 's', header: 'x-token' } },
      "auth.header must be omitted (only the scheme 'api-key' takes it), got string",
    ],
    ['keys', { idempotencyKeys: 'yes' }, "idempotencyKeys must be true or false, got 'yes'"],
    [
      'keys',
      { idempotencyKeyLifetime: Duration.days(7) },
      'idempotencyKeyLifetime must be omitted (only idempotencyKeys: true takes it), got 7 days',
    ],
    [
      'keys',
      { idempotencyKeys: true, idempotencyKeyLifetime: Duration.minutes(30) },
      'idempotencyKeyLifetime must be at least 1 hour, got 30 minutes',
    ],
    ['sources', { accepts: { sources: [] } }, 'accepts.sources must be an array with at least one element, got []'],
    [
      'source',
      { accepts: { sources: ['a b'] } },
      "accepts.sources[0] must be the source of events, such as 'my.shop', got 'a b'",
    ],
    [
      'account',
      { accepts: { accounts: ['1'] } },
      "accepts.accounts[0] must be the 12 digits of an AWS account, got '1'",
    ],
    [
      'tenant',
      { accepts: { tenants: ['a/b'] } },
      "accepts.tenants[0] must be a tenant: letters, digits, '.', '_' or '-', at most 64, got 'a/b'",
    ],
    [
      'methods',
      { accepts: { methods: ['get'] } },
      "accepts.methods[0] must be one of 'GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH', got 'get'",
    ],
    ...['charges', '/a%2fb', '/a?b', ''].map((path): [string, object, string] => [
      'path',
      { accepts: { paths: [path] } },
      `accepts.paths[0] must be a path such as '/charges', without percent-encoding, got ${shown(path)}`,
    ]),
    ...['/a/../b', '/..', '/a//b', '/.;v/a', '//'].map((path): [string, object, string] => [
      'path',
      { accepts: { paths: [path] } },
      `accepts.paths[0] must not have empty segments or segments of dots, got '${path}'`,
    ]),
    ['headers', { allowHeaders: 'x-tenant' }, "allowHeaders must be an array, got 'x-tenant'"],
    [
      'header',
      { allowHeaders: ['X_Forwarded_For'] },
      "allowHeaders[0] must not be a header that every event is refused, got 'X_Forwarded_For'",
    ],
    ['slashes', { encodedSlashes: 'yes' }, "encodedSlashes must be true or false, got 'yes'"],
    ['order', { ordered: 1 }, 'ordered must be true or false, got 1'],
    ['retry', { retry: { hotAttempts: 11 } }, 'retry.hotAttempts must be at most 10, got 11'],
    ['retry', { retry: { hotAttempts: 1.5 } }, 'retry.hotAttempts must be a whole number, got 1.5'],
    ['retry', { retry: { durableAttempts: 0 } }, 'retry.durableAttempts must be at least 1, got 0'],
    [
      'retry',
      { retry: { initialDelay: Duration.seconds(6), maxDelay: Duration.seconds(5) } },
      'retry.initialDelay must be at most maxDelay (5 seconds), got 6 seconds',
    ],
    [
      'retry against a default',
      { retry: { initialDelay: Duration.seconds(6) } },
      'retry.initialDelay must be at most maxDelay (5 seconds), got 6 seconds',
    ],
    [
      'retry, with the default against it',
      { retry: { maxDelay: Duration.millis(50) } },
      'retry.initialDelay must be at most maxDelay (50 millis), got 100 millis',
    ],
    [
      'redrive',
      { redrive: { maxCycles: 1, automatic: true } },
      'redrive.maxCycles must be at least 2 with automatic: true (the first automatic redrive would park every dead letter), got 1',
    ],
    ['redrive', { redrive: { maxCycles: 21 } }, 'redrive.maxCycles must be at most 20, got 21'],
    ['redrive', { redrive: { automatic: 'yes' } }, "redrive.automatic must be true or false, got 'yes'"],
    ['redrive', { redrive: { rate: 0 } }, 'redrive.rate must be at least 0.1, got 0'],
    [
      'redrive',
      { redrive: { rates: 5 } },
      "unknown setting 'redrive.rates'; valid settings: maxCycles, automatic, rate",
    ],
    ['concurrency', { maxConcurrency: 1 }, 'maxConcurrency must be at least 2 (the SQS minimum), got 1'],
    ['concurrency', { maxConcurrency: 1_001 }, 'maxConcurrency must be at most 1000, got 1001'],
    ['concurrency', { maxConcurrency: '5' }, "maxConcurrency must be a whole number, got '5'"],
    ['excerpt', { excerpt: -1 }, 'excerpt must be at least 0, got -1'],
    ['excerpt', { excerpt: 501 }, 'excerpt must be at most 500, got 501'],
    ['priority', { priority: 'P4' }, "priority must be one of 'P1', 'P2', 'P3', got 'P4'"],
    ['rules', { rules: {} }, 'rules must be an array, got {}'],
  ])('in its %s is named: %o', (_, config, mistake) => {
    expect(mistakesOf(() => toSettings('payments', unchecked(config)))).toEqual([`dependency 'payments': ${mistake}`]);
  });

  const rule = { name: 'mine', when: { statusCodes: [418] }, verdict: 'transient' };

  it.each<[object[], string]>([
    [[{ ...rule, name: '' }], "rules[0].name must be a non-empty string, got ''"],
    [[rule, rule], "rules[1].name must be unique within the dependency, got 'mine'"],
    [[{ ...rule, when: {} }], 'rules[0].when must have at least one condition, got none'],
    [
      [{ ...rule, when: { statusCodes: [] } }],
      'rules[0].when.statusCodes must be an array with at least one element, got []',
    ],
    [[{ ...rule, when: { statusCodes: [99] } }], 'rules[0].when.statusCodes[0] must be at least 100, got 99'],
    [[{ ...rule, when: { statusCodes: [1000] } }], 'rules[0].when.statusCodes[0] must be at most 999, got 1000'],
    [
      [{ ...rule, when: { status: [418] } }],
      "unknown setting 'rules[0].when.status'; valid settings: statusCodes, errorNames, codes, messageIncludes, successIncludes",
    ],
    [
      [{ ...rule, when: { successIncludes: '"ok":false', codes: ['LOCKED'] } }],
      'rules[0].when.successIncludes must go with statusCodes only (a success has no codes)',
    ],
    [
      [{ ...rule, verdict: 'retry' }],
      "rules[0].verdict must be one of 'transient', 'throttled', 'conflict', 'permanent', 'expected', got 'retry'",
    ],
    [[{ ...rule, effect: 'some' }], "rules[0].effect must be one of 'none', 'unknown', got 'some'"],
    [[{ ...rule, retryAfterMs: -1 }], 'rules[0].retryAfterMs must be at least 0, got -1'],
  ])('in its rules is named: %o', (rules, mistake) => {
    expect(mistakesOf(() => toSettings('payments', unchecked({ rules })))).toEqual([
      `dependency 'payments': ${mistake}`,
    ]);
  });

  it.each(
    [400, 401, 403, 404, 410, 422]
      .flatMap((status) => [
        [status, 'transient'],
        [status, 'throttled'],
      ])
      .filter(([status, verdict]) => verdict === 'transient' || (status !== 400 && status !== 403)),
  )('is a rule that makes %i %s', (status, verdict) => {
    const rules = [{ name: 'again', when: { statusCodes: [503, status] }, verdict }];
    expect(mistakesOf(() => toSettings('payments', unchecked({ rules })))).toEqual([
      `dependency 'payments': rules[0].verdict must not retry statuses that are never retried (${status}), got '${verdict}'`,
    ]);
  });

  it.each([400, 403])('rejects a rule that makes %i a throttle', (status) => {
    const rules = [{ name: 'busy', when: { statusCodes: [status] }, verdict: 'throttled' }];
    expect(() => toSettings('payments', unchecked({ rules }))).not.toThrow();
  });
});

describe('a mistake in a config', () => {
  it.each(['Payments', '1st', 'a_b', '', 'a'.repeat(41)])('is the name %o', (name) => {
    expect(mistakesOf(() => resolveConfig({ dependencies: { [name]: minimal } }))).toEqual([
      `dependency '${name}': the name must be a lower-case letter, then at most 39 lower-case letters, digits or hyphens, got '${name}'`,
    ]);
  });

  it('is a name that differs from another in hyphens only', () => {
    expect(mistakesOf(() => resolveConfig({ dependencies: { 'api-1': minimal, api1: minimal } }))).toEqual([
      "dependency 'api1': the name must differ from 'api-1' by more than hyphens",
    ]);
  });

  it('is that there is no dependency', () => {
    expect(mistakesOf(() => resolveConfig({ dependencies: {} }))).toEqual([
      'dependencies must have at least one entry, got {}',
    ]);
  });

  it('is reported together with all others, one on each line', () => {
    const act = () =>
      resolveConfig({
        dependencies: {
          payments: unchecked({ maxConcurrency: 1, timeout: Duration.minutes(2) }),
          Orders: unchecked({ priority: 'urgent' }),
        },
      });
    expect(act).toThrow(
      new ConfigError([
        "dependency 'payments': timeout must be at most 1 minute, got 2 minutes",
        "dependency 'payments': maxConcurrency must be at least 2 (the SQS minimum), got 1",
        "dependency 'Orders': the name must be a lower-case letter, then at most 39 lower-case letters, digits or hyphens, got 'Orders'",
        "dependency 'Orders': priority must be one of 'P1', 'P2', 'P3', got 'urgent'",
      ]),
    );
  });

  it('is printed once by Node', () => {
    const printed = inspect(new ConfigError(['batchSize must be at most 10, got 11']));
    expect(printed.split('batchSize')).toHaveLength(2);
  });
});

describe('a mistake that may hold a secret', () => {
  const secret = 'k3y with spaces';

  it.each<[string, object]>([
    ['the secret in place of its name', { auth: { scheme: 'bearer', secretName: secret } }],
    ['the secret in the scheme', { auth: { scheme: `Bearer ${secret}`, secretName: 'a' } }],
    ['the secret in the header', { auth: { scheme: 'api-key', secretName: 'a', header: `x-key: ${secret}` } }],
    ['the secret as a header of another scheme', { auth: { scheme: 'basic', secretName: 'a', header: secret } }],
    ['the secret in place of the object', { auth: secret }],
    ['the secret in a list', { auth: { scheme: 'bearer', secretName: [secret] } }],
    ['a password in the URL', { baseUrl: `https://user:${secret}@api.example.com` }],
    ['a password with a slash in the URL', { baseUrl: `https://user:/${secret}@api.example.com` }],
    ['a password in a URL without protocol', { baseUrl: `user:${secret}@api.example.com` }],
    ['a key in the query', { baseUrl: `https://api.example.com/v1?key=${secret}` }],
    ['a key in the fragment', { baseUrl: `https://api.example.com/v1#${secret}` }],
  ])('does not show %s', (_, config) => {
    const mistakes = mistakesOf(() => toSettings('payments', unchecked(config)));
    expect(mistakes).not.toEqual([]);
    expect(mistakes.join()).not.toContain('k3y');
  });
});
