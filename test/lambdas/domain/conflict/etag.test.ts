import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpOperation } from '../../../../lambdas/contract/failure.ts';
import { etagForm, ifAbsent, ifMatching, knownEtags, usableEtag } from '../../../../lambdas/domain/conflict/etag.ts';
import { json } from '../../../support/json.ts';

const put = (change: Partial<HttpOperation> = {}): HttpOperation => ({
  method: 'PUT',
  path: '/a',
  body: json(1),
  ...change,
});

describe('an ETag', () => {
  it.each([
    ['"x"', '"x"', 'strong'],
    ['""', '""', 'strong'],
    ['"a, b"', '"a, b"', 'strong'],
    ['W/"x"', 'W/"x"', 'weak'],
    [`W/"datetime'2026-03-01'"`, `W/"datetime'2026-03-01'"`, 'weak'],
    [' 5 ', '5', 'bare'],
    ['w/"x"', 'w/"x"', 'bare'],
  ] as const)('%j is %j, %s', (header, etag, form) => {
    expect(usableEtag(header)).toBe(etag);
    expect(etagForm(etag)).toBe(form);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['blank', '  '],
    ['one that matches any version', '*'],
    ['several', '"a", "b"'],
    ['several weak ones', 'W/"a",W/"b"'],
    ['nothing that can be sent back', '"ä"'],
    ['any version or one', '*, "x"'],
    ['one or any version', '"x", *'],
    ['several without quotes', 'abc, def'],
    ['several without quotes or spaces', 'abc,def'],
    ['two without a comma', '"x" "y"'],
    ['two words', 'abc def'],
    ['followed by more', '"x"y'],
    ['preceded by more', 'x"y"'],
    ['open', '"x'],
    ['weak and nothing else', 'W/"'],
    ['half weak', 'W/"a", b'],
    ['a star among letters', 'a*'],
  ])('protects nothing where it is %s', (_, header) => {
    expect(usableEtag(header)).toBeUndefined();
  });
});

it('an ETag that is sent back names one version only', () => {
  const part = fc.constantFrom('"', 'W/', 'w/', ',', ' ', '*', 'a', '"a"', '\t', ';', '-gzip', '\\');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const etag = usableEtag(parts.join(''));
      if (etag === undefined) return;
      // RFC 9110, section 5.6.1: outside quotes, a comma separates the members of a list.
      const unquoted = etag.replace(/"[^"]*"/, 'q');
      expect(unquoted).toMatch(/^[^\s,"*]+$/);
    }),
  );
});

describe('the ETags that a write was made for', () => {
  it.each<[Partial<HttpOperation>, string[]]>([
    [{}, []],
    [{ ifMatch: '"a"' }, ['"a"']],
    [{ ifMatch: '*' }, []],
    [{ ifMatch: '"a, b", W/"c"' }, ['"a, b"', 'W/"c"']],
    [{ ifMatch: '7' }, ['7']],
    [{ headers: { 'if-match': '"h"' } }, ['"h"']],
    [{ ifMatch: '"a"', headers: { 'if-match': '"h"' } }, ['"a"']],
  ])('of %j are %j', (change, etags) => {
    expect(knownEtags(put(change))).toEqual(etags);
  });
});

describe('an operation', () => {
  const headers = { 'if-match': '"old"', 'if-none-match': '"n"', 'if-unmodified-since': 'then', accept: 'text/plain' };

  it('for a version depends on that alone', () => {
    expect(ifMatching(put({ headers, ifMatch: '"old"' }), '"new"')).toEqual(
      put({ headers: { accept: 'text/plain' }, ifMatch: '"new"' }),
    );
  });

  it('for a version needs no headers', () => {
    expect(ifMatching(put(), 'W/"1"')).toEqual(put({ ifMatch: 'W/"1"' }));
  });

  it('for an absent resource depends on its absence alone', () => {
    expect(ifAbsent(put({ headers, ifMatch: '"old"' }))).toEqual(
      put({ headers: { accept: 'text/plain', 'if-none-match': '*' } }),
    );
  });
});
