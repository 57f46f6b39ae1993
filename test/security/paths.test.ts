import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildRequest, unsafePath } from '../../lambdas/domain/boundary/http-request.ts';
import { sampleSettings } from '../support/samples.ts';

const encoded = (text: string) => encodeURIComponent(text).replaceAll('.', '%2e');
const ORIGIN = 'https://api.example.test';
const SETTINGS = sampleSettings({ name: 'shop', baseUrl: `${ORIGIN}/v1` });

/** What some server makes of a path: it decodes, folds compatibility characters, drops invisible ones, and resolves. */
function seenBy(path: string, fold: (text: string) => string): URL {
  const folded = fold(decodeURIComponent(path)).replace(/[\p{Cf}\p{DI}]/gu, '');
  return new URL(`${ORIGIN}/v1${folded.replaceAll('%', '%25')}`);
}

const FOLDS = {
  'in compatibility form (NFKC)': (text: string) => text.normalize('NFKC'),
  'by the nearest character of Windows-1252': (text: string) =>
    text
      .replace(/[\u2044\u2215]/g, '/')
      .replace(/[\u2216\uff3c]/g, '\\')
      .normalize('NFKC'),
  'with the full stops of IDNA': (text: string) => text.normalize('NFKC').replace(/[\u3002\uff0e\uff61]/g, '.'),
} as const;

/** The characters that some server reads as ASCII, or drops. Nothing else changes a path's segments. */
const CHANGEABLE = Array.from({ length: 0x2_00_00 }, (_, point) => point)
  .filter((point) => point > 0x7f && (point < 0xd8_00 || point > 0xdf_ff))
  .map((point) => String.fromCodePoint(point))
  .filter((each) => /[\p{Cf}\p{DI}]/u.test(each) || Object.values(FOLDS).some((fold) => /[ -~]/.test(fold(each))));

describe('no character leads a path out of its dependency (CWE-22, CWE-176)', () => {
  it.each([
    ['%ef%bc%8e%ef%bc%8e', 'full-width dots'],
    ['%ef%bc%8e', 'a full-width dot'],
    ['%e3%80%82%e3%80%82', 'ideographic full stops'],
    ['%ef%bd%a1%ef%bd%a1', 'half-width ideographic full stops'],
    ['%e2%80%a4%e2%80%a4', 'one-dot leaders'],
    ['%e2%80%a5', 'a two-dot leader'],
    ['%ef%b9%92%ef%b9%92', 'small full stops'],
    ['.%e2%80%8b.', 'dots around an invisible character'],
    ['%c2%ad..', 'dots after a soft hyphen'],
    ['%20..', 'dots after a space'],
    ['%e3%80%80.%c2%a0.', 'dots between wide spaces'],
    ['..%ef%bc%8fadmin', 'a full-width slash'],
    ['a%ef%bc%8fadmin', 'a full-width slash in a word'],
    ['a%e2%88%95admin', 'a division slash'],
    ['a%e2%81%84admin', 'a fraction slash'],
    ['a%e2%84%80', 'the sign of an account, which holds a slash'],
    ['..%ef%bc%bcadmin', 'a full-width backslash'],
    ['..%ef%b9%a8admin', 'a small backslash'],
    ['a%ef%bc%9fadmin=1', 'a full-width question mark'],
    ['a%ef%bc%83admin', 'a full-width hash'],
    ['%ef%bc%852e%ef%bc%852e', 'full-width percent signs'],
    ['%25ef%25bc%258e', 'a full-width dot, encoded twice'],
    ['%c0%ae%c0%ae', 'overlong dots of two bytes'],
    ['%e0%80%ae%e0%80%ae', 'overlong dots of three bytes'],
    ['%f0%80%80%ae', 'an overlong dot of four bytes'],
    ['%c0%af', 'an overlong slash'],
    ['%ed%a0%80', 'half of a surrogate pair'],
    ['%e2%80%a8', 'a separator of lines'],
    ['%c2%85', 'a control'],
  ])('%s: %s', (segment) => {
    expect(unsafePath(`/orders/${segment}/7`)).toBeDefined();
    expect(unsafePath(`/${segment}`)).toBeDefined();
    expect(unsafePath(`/orders/${segment}/7`, { encodedSlashes: true })).toBeDefined();
  });

  it('whichever a server reads as another, or drops', () => {
    const admitted = CHANGEABLE.flatMap((each) => [`/a/${each}${each}/b`, `/a/x${each}y`])
      .map((path) => path.split('/').map(encoded).join('/'))
      .filter((path) => unsafePath(path) === undefined);
    expect(admitted.length).toBeGreaterThan(1_000);
    const astray = admitted.filter((path) =>
      Object.values(FOLDS).some((fold) => {
        const { pathname, search, hash } = seenBy(path, fold);
        return search !== '' || hash !== '' || pathname.split('/').length !== `/v1${path}`.split('/').length;
      }),
    );
    expect(astray).toEqual([]);
  });

  it('for any mixture of dots, slashes, look-alikes and encodings', () => {
    const piece = fc.constantFrom(
      ...['.', '..', '/', '\\', '%', '%2e', '%2f', '%5c', '%252e', ';', '?', '#', '@', ':', 'a', 'admin', '\u00e9'],
      ...['\uff0e', '\u3002', '\uff61', '\u2024', '\u2025', '\u2026', '\uff0f', '\u2044', '\u2215', '\uff3c', '\u200b'],
      ...['\u202e', '\u00ad', '\ufe52', '\uff05', '\uff1f', '\uff03', '%ef%bc%8e', '%e2%80%8b', '%c0%ae', '%00', ' '],
    );
    const path = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`);
    let admitted = 0;
    const check = (text: string) => {
      for (const candidate of [text, encodeURI(text.toWellFormed())]) {
        if (unsafePath(candidate) !== undefined) continue;
        admitted++;
        const { url } = buildRequest({ method: 'GET', path: candidate }, SETTINGS, { correlationId: 'c' });
        expect(url.href).toBe(`${ORIGIN}/v1${candidate}`);
        for (const fold of Object.values(FOLDS)) expect(seenBy(candidate, fold).pathname).toMatch(/^\/v1\//);
      }
    };
    fc.assert(fc.property(path, check), { numRuns: 3_000, seed: 22 });
    expect(admitted).toBeGreaterThan(200);
  });

  it.each([
    '/caf%C3%A9',
    '/%E6%97%A5%E6%9C%AC',
    '/notes/Hello%E2%80%A6',
    '/a%E3%80%82b',
    '/%EF%BC%A1',
    '/%E2%91%A0',
    '/%C2%BD',
    '/%F0%9F%98%80',
    '/files/a.b.c',
    '/.well-known/x',
  ])('and %s is a path like any other', (path) => {
    expect(unsafePath(path)).toBeUndefined();
  });
});
