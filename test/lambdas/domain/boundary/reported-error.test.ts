import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLaneMessage } from '../../../../lambdas/domain/boundary/failure-event.ts';
import { reportedError } from '../../../../lambdas/domain/boundary/reported-error.ts';
import { OPTIONS, SMALLEST } from './failure-samples.ts';

describe('reportedError', () => {
  it.each<[title: string, description: unknown, expected: object]>([
    ['empty words', { name: '', code: '', statusCode: 503 }, { statusCode: 503 }],
    ['a status of 0', { name: 'NetworkError', statusCode: 0 }, { name: 'NetworkError' }],
    ['a status as text', { statusCode: '503' }, { statusCode: 503 }],
    ['a status where fetch has it', { status: 429 }, { statusCode: 429 }],
    ['a status beyond 599', { statusCode: 999 }, { statusCode: 999 }],
    ['a status beyond all', { statusCode: 1_000, code: 'X' }, { code: 'X' }],
    ['no message', { name: 'Error', message: null }, { name: 'Error' }],
    ['an object for a message', { name: 'Error', message: { a: 1 } }, { name: 'Error' }],
    ['a number for a code', { code: 14 }, { code: '14' }],
    ['a text', 'connect ECONNREFUSED', { message: 'connect ECONNREFUSED' }],
    ['a number', 7, {}],
    ['a list', [{ name: 'First' }, { name: 'Second' }], { name: 'First' }],
    ['a cause', { name: 'A', cause: { statusCode: 503 } }, { name: 'A', cause: { statusCode: 503 } }],
    [
      'parts',
      { errors: [{ code: 'A' }, { code: 'B' }] },
      {
        errors: [
          { name: 'Error', code: 'A' },
          { name: 'Error', code: 'B' },
        ],
      },
    ],
    ['a number of the database', { code: 'EREQUEST', number: 1205 }, { code: 'EREQUEST', words: ['1205'] }],
    [
      'headers as lists',
      { code: 'A', headers: { 'Retry-After': ['20', '20'] } },
      { code: 'A', headers: { 'retry-after': '20, 20' } },
    ],
    ['headers as text', { code: 'A', headers: 'retry-after: 5' }, { code: 'A' }],
    ['a system call', { code: 'A', syscall: 'connect' }, { code: 'A', syscall: 'connect' }],
    ['the mark of a retry', { $retryable: { throttling: true } }, { retryable: true }],
    ['a gRPC status', { code: 8, details: '', metadata: {} }, { code: '8', protocol: 'grpc' }],
    [
      'a reply of a mail server',
      { code: 'EENVELOPE', responseCode: 421 },
      { code: '421', protocol: 'smtp', words: ['EENVELOPE'] },
    ],
    ['the attempts of an SDK', { $metadata: { attempts: 3 } }, { attempts: 3 }],
    ['an odd number of attempts', { attempts: Number.NaN, attemptNumber: -1 }, {}],
    ['a code in extensions', { extensions: { code: 'RATE_LIMITED' } }, { words: ['RATE_LIMITED'] }],
    ['parts without a name', { errors: [{ statusCode: 503 }] }, { errors: [{ name: 'Error', statusCode: 503 }] }],
    [
      'a second cause',
      { cause: { code: 'A' }, inner: { code: 'B' } },
      { cause: { code: 'A' }, causes: [{ code: 'B' }] },
    ],
    ['a stack', { name: 'A', stack: 'A\n    at b' }, { name: 'A', stack: 'A\n    at b' }],
  ])('reads %s', (_title, description, expected) => {
    expect(reportedError(description)).toEqual(expected);
  });

  it.each<[title: string, description: object, expected: object]>([
    // Node makes the stack when it is read, from name and message.
    ['a message that is no text', Object.assign(new Error('x'), { message: Object.create(null) }), { name: 'Error' }],
    ['a name that is no text', Object.assign(new Error('x'), { name: Object.create(null) }), { message: 'x' }],
    ['a stack', withGetter('stack'), { name: 'Odd' }],
    ['headers', withGetter('headers'), { name: 'Odd' }],
    ['a header', { name: 'Odd', headers: withGetter('retry-after') }, { name: 'Odd' }],
  ])('survives an error that throws when somebody reads it: %s', (_, description, expected) => {
    expect(reportedError(description)).toEqual(expected);
  });

  it('cuts what is too long', () => {
    const long = 'x'.repeat(10_240);
    const error = reportedError({ name: long, code: long, message: long, stack: long });
    const lengths = [error.name, error.code, error.message, error.stack].map((text) => text?.length);
    expect(lengths).toEqual([256, 256, 1_000, 4_000]);
  });

  it('keeps six causes', () => {
    const chain = Array.from({ length: 9 }).reduce<object>((cause, _, index) => ({ code: `E${index}`, cause }), {});
    const codes = JSON.stringify(reportedError(chain)).match(/E\d/g);
    expect(codes).toEqual(['E8', 'E7', 'E6', 'E5', 'E4', 'E3', 'E2']);
  });

  it('puts one part in the place of those that it does not read', () => {
    const { errors = [] } = reportedError({ errors: Array.from({ length: 40 }, () => ({ code: 'ECONNREFUSED' })) });
    expect(errors).toHaveLength(20);
    expect(errors.at(-1)).toEqual({ name: 'Error' });
  });
});

it('no description of an error keeps an operation from being saved', () => {
  const odd = fc
    .oneof(
      fc.anything(),
      fc.record(
        {
          name: fc.anything(),
          message: fc.anything(),
          code: fc.anything(),
          statusCode: fc.anything(),
          headers: fc.anything(),
          stack: fc.anything(),
          cause: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    )
    .map((value): unknown => JSON.parse(JSON.stringify({ value }) ?? '{}').value)
    .filter((value) => value !== undefined && value !== null);
  fc.assert(
    fc.property(odd, (error) => {
      expect(parseLaneMessage(JSON.stringify({ ...SMALLEST, error }), OPTIONS)).toMatchObject({ kind: 'failure' });
    }),
    { numRuns: 700 },
  );
});

function withGetter(field: string): object {
  const thrower = () => {
    throw new Error('this field throws');
  };
  return Object.defineProperty({ name: 'Odd' }, field, { get: thrower, enumerable: true });
}
