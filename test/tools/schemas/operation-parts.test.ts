import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REFUSED_HEADERS } from '../../../lambdas/contract/header-names.ts';
import { failureMistakes } from '../../../lambdas/domain/boundary/failure-event.ts';
import { folded } from '../../../lambdas/domain/boundary/folded-path.ts';
import { ENCODED_CHARACTER, encoded } from '../../../tools/schemas/encoded.ts';
import { fileOf } from '../../../tools/schemas/schemas.ts';
import { OPTIONS, SMALLEST } from '../../lambdas/domain/boundary/failure-samples.ts';

const accepts = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(fileOf('operation-failed'), 'utf8')),
);

const RUNS = Number(process.env.SCHEMA_EVENTS ?? 1_000);

/** What the schema says of an operation, and the first mistake that the lane finds. */
function judged(operation: object) {
  const detail = { ...SMALLEST, operation: { method: 'PUT', path: '/x', ...operation } };
  const mistakes = failureMistakes(JSON.stringify(detail), {}, { ...OPTIONS, takesEncodedSlashes: () => true });
  return { isAccepted: accepts(detail), mistake: mistakes[0]?.message };
}

const DOTS = ['.', '%2e', '%E2%80%A6', '%EF%BC%8E', '%E3%80%82', '%EF%B8%B0'];
const INVISIBLE = ['%20', '%C2%AD', '%E2%80%8B', '%F3%A0%81%81', '%C2%A0'];
const SLASHES = ['/', '/', '%2F', '%2f', '%EF%BC%8F', '%5C'];
const WORDS = [
  'a',
  'Z',
  '~',
  '-',
  '_',
  '%41',
  '%EF%BC%A1',
  '%C3%A9',
  '%CC%8A',
  ';',
  '=',
  '%3B',
  '%2B',
  '(',
  '%e2%84%85',
];
const ESCAPES = ['%25', '%', '2', 'e', 'F', '%32', '%65', '%46', '%7f', '%C2%85', '%E2%80%A8', '%1F'];
const BYTES = ['%C3', '%A9', '%ED%A0%80', '%F4%90%80%80', '%C0%AE', '%E0%80%AF', '%FF', '%F0%9F%98%80'];

const paths = fc
  .array(
    fc.oneof(
      ...[DOTS, INVISIBLE, SLASHES, WORDS, ESCAPES, BYTES].map((parts) => fc.constantFrom(...parts)),
      fc.string({ unit: 'grapheme', maxLength: 2 }).map((text) => encodeURIComponent(text.toWellFormed())),
      fc.nat(255).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
    ),
    { maxLength: 6 },
  )
  .map((parts) => `/${parts.join('')}`);

describe('the path of an operation', () => {
  it('is accepted by the schema just if the lane accepts it, but for look-alikes of dots before a character beyond ASCII', () => {
    const seen = { accepted: 0, rejected: 0 };
    fc.assert(
      fc.property(paths, (path) => {
        const { isAccepted, mistake } = judged({ path });
        seen[isAccepted ? 'accepted' : 'rejected'] += 1;
        if (isAccepted === (mistake === undefined)) return;
        expect([isAccepted, mistake]).toEqual([true, expect.stringContaining('a segment of dots, whatever they look')]);
        expect(folded(decodeURIComponent(path))).toMatch(/[^ -~]/);
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(seen.accepted, seen.rejected)).toBeGreaterThan(RUNS / 20);
  });

  it.each(DOTS.flatMap((dot) => ['', '/', '%2F', ';x', '%3Bx', '%20', '%C2%AD/a'].map((end) => [`/a/${dot}${end}`])))(
    'is rejected by the schema if a segment is of dots: %s',
    (path) => {
      const { isAccepted, mistake } = judged({ path });
      expect([isAccepted, typeof mistake]).toEqual([false, 'string']);
    },
  );
});

describe('a percent-encoded character', () => {
  const ANY = new RegExp(`^(${ENCODED_CHARACTER})$`);

  it('is UTF-8 in the pattern just if it can be decoded', () => {
    const bytes = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(bytes, fc.boolean(), (values, isUpper) => {
        const text = values.map((value) => `%${value.toString(16).padStart(2, '0')}`).join('');
        const spelled = isUpper ? text.toUpperCase() : text;
        expect(ANY.test(spelled)).toBe(decodedLength(spelled) === 1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is in the pattern of a set just if it is in the set', () => {
    const isLetter = (character: string) => /[\u0370-\u03ff\u{1f600}-\u{1f64f}a-f]/u.test(character);
    const letters = new RegExp(`^(${encoded(isLetter)})$`);
    const code = fc.oneof(
      fc.nat(0xffff),
      fc.integer({ min: 0x1f5f0, max: 0x1f650 }),
      fc.integer({ min: 880, max: 1030 }),
    );
    const characters = code.map((value) => String.fromCodePoint(value)).filter((character) => character.isWellFormed());
    fc.assert(
      fc.property(characters, (character) => {
        const text = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
        expect(letters.test(text)).toBe(isLetter(character));
      }),
    );
    expect(['%CE%b1', '%61', '%F0%9f%98%80', '%CE%B1%61', '%'].map((text) => letters.test(text))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

/** Characters of an encoded text. None if it isn't UTF-8. */
function decodedLength(text: string): number {
  try {
    return [...decodeURIComponent(text)].length;
  } catch {
    return 0;
  }
}

const { names, prefixes, words, otherSpellings } = REFUSED_HEADERS;
const headerNames = fc
  .tuple(
    fc.constantFrom('', '', 'x-', 'my_', '-'),
    fc.constantFrom(
      ...names,
      ...prefixes,
      ...words,
      ...otherSpellings,
      'accept',
      'etag',
      'x-trace',
      'hosts',
      '__proto__',
    ),
    fc.constantFrom('', '', '-x', '.y', 's', '_'),
    fc.constantFrom('-', '-', '_', '.', '~', ' '),
    fc.nat(2),
  )
  .map(([before, name, after, separator, spelling]) => {
    const all = `${before}${name}${after}`.replaceAll('-', separator);
    return spelling === 0
      ? all
      : spelling === 1
        ? all.toUpperCase()
        : all.replace(/^./, (first) => first.toUpperCase());
  });

describe('the name of a header', () => {
  it('is accepted by the schema just if the lane accepts it for every dependency', () => {
    const seen = { accepted: 0, rejected: 0 };
    fc.assert(
      fc.property(headerNames, (name) => {
        const { isAccepted, mistake } = judged({ headers: Object.fromEntries([[name, 'a']]) });
        seen[isAccepted ? 'accepted' : 'rejected'] += 1;
        expect(isAccepted, `${name}: ${mistake}`).toBe(mistake === undefined);
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(seen.accepted, seen.rejected)).toBeGreaterThan(RUNS / 20);
  });
});

describe('a text', () => {
  it.each([
    ['resourceId', 1_024],
    ['checkpoint', 4_096],
  ])('has as many characters for the lane as for the schema, emojis included: %s', (field, most) => {
    const of = (length: number) => judged({ [field]: '😀'.repeat(length) });
    expect(of(most)).toEqual({ isAccepted: true, mistake: undefined });
    expect(of(most + 1)).toEqual({
      isAccepted: false,
      mistake: `operation.${field} must be a string of 1 to ${most} characters`,
    });
  });

  it('has no name __proto__ in a query', () => {
    const operation = JSON.parse('{"query":{"__proto__":"a"}}');
    const { isAccepted, mistake } = judged(operation);
    expect([isAccepted, mistake]).toEqual([false, 'operation.query must not contain a key named __proto__']);
  });
});
