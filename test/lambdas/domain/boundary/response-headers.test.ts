import { describe, expect, it } from 'vitest';
import { relevantHeaders } from '../../../../lambdas/domain/boundary/response-headers.ts';

describe('relevantHeaders', () => {
  it('keeps what decides something, with names in lower case', () => {
    const headers = { 'Retry-After': '5', ETag: '"v1"', 'X-Request-Id': 'r1', 'Set-Cookie': 'a=b', Date: 'now' };
    expect(relevantHeaders(Object.entries(headers))).toEqual({
      'retry-after': '5',
      etag: '"v1"',
      'x-request-id': 'r1',
      date: 'now',
    });
  });

  it("reads numbers as text, and omits a value that isn't text or is too long", () => {
    const headers = { 'retry-after': 5, etag: ['a'], date: null, 'x-request-id': 'x'.repeat(1_001) };
    expect(relevantHeaders(Object.entries(headers))).toEqual({ 'retry-after': '5' });
  });

  it('joins the texts of a repeated header, and omits what may throw as a text', () => {
    const headers = { 'retry-after': ['5', Object.create(null), 6, ['7']] };
    expect(relevantHeaders(Object.entries(headers))).toEqual({ 'retry-after': '5, 6' });
  });
});
