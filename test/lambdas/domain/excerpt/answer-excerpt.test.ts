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

  it.each([
    ['its message', '{"field":"password","message":"\'hunter2secret\' is too short"}', 'field: password, message: ***'],
    [
      'FastAPI',
      '{"detail":[{"loc":["body","password"],"msg":"hunter2secret must contain a digit"}]}',
      'loc: body, loc: password, msg: ***',
    ],
    [
      'JSON:API, and keeps what it says of others',
      '{"errors":[{"source":{"pointer":"/data/password"},"code":"too_short","detail":"hunter2secret"},{"source":{"pointer":"/data/size"},"detail":"is 0"}]}',
      'pointer: /data/password, code: too_short, detail: ***, pointer: /data/size, detail: is 0',
    ],
    [
      'a member that is not shown',
      '{"path":["pin"],"message":"1234 is too short","status":422}',
      'message: ***, status: 422',
    ],
    ['a label', '{"label":"Date of birth","message":"12.03.1980 is too early"}', 'message: ***'],
    [
      'the general message, too',
      '{"message":"hunter2secret","errors":[{"field":"password"}]}',
      'message: ***, field: password',
    ],
    ['XML', '<E><Field>password</Field><Message>hunter2secret</Message></E>', 'field: password, message: ***'],
    [
      'an attribute of XML',
      '<Es><Error field="password"><Message>hunter2secret is too short</Message></Error></Es>',
      'message: ***',
    ],
    [
      'Problem Details (RFC 9457, section 3)',
      '{"title":"Invalid","errors":[{"pointer":"#/password","detail":"hunter2secret is too short"}]}',
      'title: ***, pointer: #/password, detail: ***',
    ],
    ['a list', '{"message":["password","hunter2secret is too short"]}', 'message: ***'],
  ])('masks what an answer says of a sensitive field: %s', (_, body, shown) => {
    expect(show(body)).toBe(shown);
  });

  it('shows the message of a code about a token', () => {
    expect(show('{"error":"invalid_token","error_description":"it has expired"}')).toBe(
      'error: invalid_token, error_description: it has expired',
    );
  });

  it('never shows the value of a field that another member names', () => {
    const field = fc.constantFrom(
      'password',
      '/data/attributes/cardPIN',
      'customer.email',
      'client_secret',
      'body[iban]',
    );
    const namer = fc.constantFrom(
      'field',
      'param',
      'loc',
      'pointer',
      'path',
      'instancePath',
      'property',
      'target',
      'x',
    );
    const teller = fc.constantFrom('message', 'msg', 'detail', 'reason', 'description', 'hint', 'error');
    const nest = (value: unknown, within: readonly string[]) =>
      within.reduce<unknown>((inner, name) => (name === '[]' ? [inner] : { [name]: inner }), value);
    const within = fc.array(fc.constantFrom('source', 'details', 'cause', '[]'), { maxLength: 2 });
    fc.assert(
      fc.property(field, namer, teller, within, within, fc.boolean(), (name, by, teller, one, other, isFirst) => {
        const pair = [
          [
            by,
            nest(
              name,
              one.filter((each) => each !== '[]'),
            ),
          ],
          [teller, "the value 'hunter2secret' is too short"],
        ];
        const body = JSON.stringify(nest(Object.fromEntries(isFirst ? pair : pair.reverse()), other));
        expect(show(body) ?? '').not.toContain('hunter2');
      }),
    );
  });

  it.each([
    '{"message":["Bearer","abcdefghijkl12345"]}',
    '{"message":["4111 1111","1111 1111"]}',
    '{"message":["no","password:","hunter2"]}',
  ])('masks a secret that spans several parts: %s', (body) => {
    expect(show(body)).toMatch(/^(message: no, )?message: \*\*\*$/);
  });

  it('never shows the parts of a secret side by side', () => {
    const secret = fc.constantFrom(...Object.values(TOKENS).flat());
    fc.assert(
      fc.property(secret, fc.nat(), fc.constantFrom('message', 'detail'), (token, cut, second) => {
        const words = token.split(' ');
        const at = cut % (words.length + 1);
        const body = JSON.stringify({ msg: words.slice(0, at).join(' '), [second]: words.slice(at).join(' ') });
        const texts = (show(body) ?? '').split(', ').map((part) => part.replace(/^\w+: /, ''));
        expect(containsSecret(texts.filter((text) => text !== '***').join(' '))).toBe(false);
      }),
    );
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
