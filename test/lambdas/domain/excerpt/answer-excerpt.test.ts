import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containsSecret } from '../../../../lambdas/domain/disclosure/secrets.ts';
import { answerExcerpt } from '../../../../lambdas/domain/excerpt/answer-excerpt.ts';
import { errorExcerpt } from '../../../../lambdas/domain/excerpt/error-excerpt.ts';
import { MARKERS, TOKENS } from '../../../security/markers.ts';

const show = (body: string, sensitive: readonly string[] = []) => answerExcerpt(body, { most: 200, sensitive });

describe('an excerpt of an answer', () => {
  it.each([
    [
      'Stripe',
      '{"error":{"code":"card_declined","message":"Card 4111111111111111 was declined.","param":"number"}}',
      'code: card_declined, message: Card *** was declined., param: number',
    ],
    [
      'Problem Details, without its extensions',
      '{"title":"Out of stock","status":409,"detail":"12 left","customer":{"name":"John Smith"}}',
      'title: Out of stock, status: 409, detail: 12 left',
    ],
    [
      'FastAPI, without the input',
      '{"detail":[{"loc":["body","size"],"msg":"too short","input":"hunter2"}]}',
      'loc: body, loc: size, msg: too short',
    ],
    ['Rails, by field', '{"errors":{"email":["a@b.co is taken"],"size":["is 0"]}}', 'email: ***, size: is 0'],
    [
      'S3',
      '<Error><Code>NoSuchKey</Code><Message>gone</Message><Key>anna</Key></Error>',
      'code: NoSuchKey, message: gone',
    ],
    [
      'nginx',
      '<html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1></html>',
      'title: 502 Bad Gateway, h1: 502 Bad Gateway',
    ],
    ['plain text', 'upstream connect error', 'upstream connect error'],
  ])('has what describes the error: %s', (_, body, shown) => {
    expect(show(body)).toBe(shown);
  });

  it.each(['{"ok":false}', '[]', '{broken', '', '<p></p>'])('is absent if nothing describes the error: %s', (body) => {
    expect(show(body)).toBeUndefined();
  });

  it('masks the fields that the config calls sensitive', () => {
    expect(show('{"error":{"detail":"x","code":"y"}}', ['/error/detail'])).toBe('detail: ***, code: y');
  });

  it('is absent if the config says so', () => {
    expect(answerExcerpt('{"message":"no"}', { most: 0, sensitive: [] })).toBeUndefined();
  });

  it('survives every JSON, and never shows a secret', () => {
    const leaf = fc.oneof(fc.string(), fc.constantFrom(...Object.values(MARKERS), ...Object.values(TOKENS).flat()));
    const name = fc.constantFrom('error', 'message', 'errors', 'detail', 'value', 'code');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('tree')), fc.dictionary(name, tie('tree'))),
    }));
    fc.assert(
      fc.property(tree, fc.integer({ min: 1, max: 500 }), (value, most) => {
        const shown = answerExcerpt(JSON.stringify(value), { most, sensitive: [] }) ?? '';
        expect(shown.length).toBeLessThanOrEqual(most);
        for (const part of shown.split(', ')) expect(containsSecret(part.replace(/^\w+: /, ''))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe('an excerpt of an error', () => {
  it.each([
    ['its message', { name: 'Error', message: 'no stock' }, 'no stock'],
    ['its name', { name: 'ThrottlingException', message: 'Rate exceeded' }, 'ThrottlingException: Rate exceeded'],
    ['its code', { code: 'ECONNRESET', message: 'read ECONNRESET' }, 'ECONNRESET: read ECONNRESET'],
    [
      'its causes',
      { message: 'saving failed', cause: { name: 'DeadlockError', message: 'deadlock detected' } },
      'saving failed (cause) DeadlockError: deadlock detected',
    ],
    ['no secret', { message: 'password: hunter2' }, '***'],
    ['nothing', {}, undefined],
  ])('has %s', (_, error, shown) => {
    expect(errorExcerpt(error, 200)).toBe(shown);
  });
});
