import { describe, expect, it } from 'vitest';
import {
  forbidsRetry,
  isQuotaSpent,
  parseRetryAfter,
  quotaResetMs,
  requestedWaitMs,
} from '../../../../lambdas/domain/classification/retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

describe('parseRetryAfter', () => {
  it.each<[title: string, value: string | undefined, expected: number | undefined]>([
    ['seconds', '120', 120_000],
    ['no wait at all', '0', 0],
    ['decimals', '1.5', 1_500],
    ['fractions of a millisecond, rounded up', '0.0001', 1],
    ['blanks around', '  7 ', 7_000],
    ['leading zeros', '007', 7_000],
    ['exactly a day', '86400', DAY_MS],
    ['more than a day, capped', '86401', DAY_MS],
    ['more digits than a number holds, capped', '9'.repeat(400), DAY_MS],
    ['an IMF-fixdate', 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['an IMF-fixdate in lower case', 'sun, 01 mar 2026 12:00:30 gmt', 30_000],
    ['a date of RFC 850', 'Sunday, 01-Mar-26 12:01:00 GMT', 60_000],
    ['a date of asctime, which is UTC', 'Sun Mar  1 12:00:10 2026', 10_000],
    ['a date of asctime with two digits', 'Tue Mar 10 12:00:10 2026', DAY_MS],
    ['a date with a numeric zone', 'Sun, 01 Mar 2026 13:00:05 +0100', 5_000],
    ['the present', 'Sun, 01 Mar 2026 12:00:00 GMT', 0],
    ['a date in the past', 'Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['a date far ahead, capped', 'Fri, 01 Jan 2100 00:00:00 GMT', DAY_MS],
    ['nothing', undefined, undefined],
    ['an empty value', '', undefined],
    ['blanks', '   ', undefined],
    ['a negative number', '-5', undefined],
    ['a sign', '+5', undefined],
    ['an exponent', '1e3', undefined],
    ['a hexadecimal number', '0x10', undefined],
    ['a unit', '5s', undefined],
    ['a doubled value', '20, 20', 20_000],
    ['of several values the longest', '5, 60, 7', 60_000],
    ['a doubled date', 'Sun, 01 Mar 2026 12:00:30 GMT, Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['a date and seconds', 'Sun, 01 Mar 2026 12:00:30 GMT, 7', 30_000],
    ['no list that is half understood', '20, soon', undefined],
    ['a date of RFC 3339', '2026-03-01T12:00:40Z', 40_000],
    ['a date of RFC 3339 with an offset', '2026-03-01T13:00:40.5+01:00', 40_500],
    ['no date without its zone', '2026-03-01T12:00:40', undefined],
    ['an epoch in seconds', String(NOW / 1_000 + 30), 30_000],
    ['an epoch in seconds with decimals', `${NOW / 1_000 + 30}.5`, 30_500],
    ['an epoch in milliseconds', String(NOW + 30_000), 30_000],
    ['a past epoch', '1700000000', 0],
    ['a list without blanks', '20,20', 20_000],
    ['a list of dates without blanks', 'Sun, 01 Mar 2026 12:00:30 GMT,Sun, 01 Mar 2026 12:00:40 GMT', 40_000],
    ['a comma, which separates values', '1,5', 5_000],
    ['a bare point', '.', undefined],
    ['not a number', 'NaN', undefined],
    ['infinity', 'Infinity', undefined],
    ['a word', 'soon', undefined],
    ['a day that is no date', 'Sunday, later', undefined],
    ['a date without its day', '2026-03-01', undefined],
  ])('reads %s', (_title, value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected);
  });
});

describe('requestedWaitMs', () => {
  it.each<[title: string, headers: Record<string, string> | undefined, expected: number | undefined]>([
    ['Retry-After', { 'retry-after': '3' }, 3_000],
    ['a header name in any case', { 'Retry-AFTER': '3' }, 3_000],
    ['retry-after-ms', { 'retry-after-ms': '250' }, 250],
    ['retry-after-ms before Retry-After', { 'retry-after': '3', 'retry-after-ms': '2500' }, 2_500],
    ['Retry-After where retry-after-ms is rubbish', { 'retry-after': '3', 'retry-after-ms': 'x' }, 3_000],
    ['retry-after-ms with decimals, rounded up', { 'Retry-After-Ms': '12.2' }, 13],
    ['retry-after-ms with an epoch', { 'retry-after-ms': String(NOW + 30_000) }, 30_000],
    ['x-ms-retry-after-ms with an epoch in seconds', { 'x-ms-retry-after-ms': String(NOW / 1_000 + 30) }, 30_000],
    ['retry-after-ms, capped at a day', { 'retry-after-ms': '99999999999' }, DAY_MS],
    ['Azure', { 'x-ms-retry-after-ms': '1500' }, 1_500],
    ['AWS, in milliseconds', { 'x-amz-retry-after': '900' }, 900],
    ['gRPC', { 'grpc-retry-pushback-ms': '250' }, 250],
    ['no pushback that forbids a retry', { 'grpc-retry-pushback-ms': '-1' }, undefined],
    ['no other header', { 'x-ratelimit-reset': '3' }, undefined],
    ['no headers', {}, undefined],
    ['nothing', undefined, undefined],
  ])('reads %s', (_title, headers, expected) => {
    expect(requestedWaitMs(headers, NOW)).toBe(expected);
  });
});

describe('the end of a rate limit', () => {
  const epoch = String(NOW / 1_000 + 30);
  it.each<[title: string, headers: Record<string, string>, expected: number | undefined]>([
    ['seconds', { 'ratelimit-reset': '30' }, 30_000],
    ['an epoch in seconds', { 'X-RateLimit-Reset': epoch }, 30_000],
    ['an epoch in milliseconds', { 'x-ratelimit-reset': String(NOW + 30_000) }, 30_000],
    ['a past epoch', { 'x-ratelimit-reset': '1700000000' }, 0],
    ['a date', { 'x-rate-limit-reset': '2026-03-01T12:00:30Z' }, 30_000],
    ['decimals', { 'x-ratelimit-reset-after': '0.65' }, 650],
    ['a draft with words', { ratelimit: 'limit=100, remaining=0, reset=30' }, 30_000],
    ['a draft with letters', { ratelimit: '"default";r=0;t=30' }, 30_000],
    ['the spent limit of several', { ratelimit: '"burst";r=5;t=1, "daily";r=0;t=3600' }, 3_600_000],
    ['the spent limit, though it is shorter', { ratelimit: '"burst";r=0;t=1,"daily";r=9;t=3600' }, 1_000],
    ['the longest of the spent limits', { ratelimit: '"a";r=0;t=9, "b";r=0;t=60, "c";r=0;t=7' }, 60_000],
    ['a doubled header', { 'x-ratelimit-reset': '30, 30', 'x-ratelimit-remaining': '0, 0' }, 30_000],
    ['the first limit where none is spent', { ratelimit: '"burst";r=5;t=1, "daily";r=9;t=80000' }, 1_000],
    ['a doubled header without blanks', { 'x-ratelimit-reset': '30,60', 'x-ratelimit-remaining': '0,0' }, 60_000],
    ['the spent one of two', { 'x-ratelimit-reset': '1, 60', 'x-ratelimit-remaining': '0, 7' }, 1_000],
    ['a doubled epoch', { 'x-ratelimit-reset': `${epoch}, ${epoch}` }, 30_000],
    ['an array', { 'x-ratelimit-reset': ['30', '60'] as unknown as string }, 30_000],
    ['no list that is half understood', { 'x-ratelimit-reset': 'soon, 30' }, undefined],
    ['more than a day, capped', { 'ratelimit-reset': '999999' }, DAY_MS],
    ['no duration with units', { 'x-ratelimit-reset': '6m0s' }, undefined],
    ['no header', {}, undefined],
  ])('reads %s', (_title, headers, expected) => {
    expect(quotaResetMs(headers, NOW)).toBe(expected);
  });

  it.each<[headers: Record<string, string>, expected: boolean]>([
    [{ 'x-ratelimit-remaining': '0' }, true],
    [{ 'RateLimit-Remaining': '00' }, true],
    [{ 'x-ratelimit-remaining': '0.0' }, true],
    [{ 'x-ratelimit-remaining': '-1' }, true],
    [{ 'x-ratelimit-remaining': '0.5' }, false],
    [{ 'x-ratelimit-remaining': 'none' }, false],
    [{ ratelimit: 'limit=100, remaining=-1, reset=30' }, true],
    [{ 'x-ratelimit-remaining': '1' }, false],
    [{ 'x-ratelimit-remaining': '5, 0' }, true],
    [{ 'x-ratelimit-remaining': '0,0' }, true],
    [{ 'x-ratelimit-remaining': ['3', '0'] as unknown as string }, true],
    [{ 'x-ratelimit-remaining': '10, 30' }, false],
    [{ ratelimit: '"burst";r=5;t=1, "daily";r=0;t=3600' }, true],
    [{ ratelimit: '"burst";r=5;t=1, "daily";r=10;t=3600' }, false],
    [{ 'x-ratelimit-reset': '30', ratelimit: '"daily";r=0;t=3600' }, true],
    [{ ratelimit: '"default";r=0;t=30' }, true],
    [{ ratelimit: 'limit=100, remaining=50, reset=30' }, false],
    [{}, false],
  ])('of %o has no call left: %s', (headers, expected) => {
    expect(isQuotaSpent(headers)).toBe(expected);
  });
});

describe('a pushback of gRPC', () => {
  it.each([
    ['-1', true],
    ['rubbish', true],
    ['0', false],
    ['', false],
  ])('of %j forbids a retry: %s', (value, expected) => {
    expect(forbidsRetry({ 'grpc-retry-pushback-ms': value })).toBe(expected);
  });
});
