import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerptOf, maskedText } from '../../../../lambdas/domain/disclosure/excerpt.ts';
import { containsSecret } from '../../../../lambdas/domain/disclosure/secrets.ts';
import { MARKERS, TOKENS } from '../../../security/markers.ts';

const secrets = [...Object.values(MARKERS), ...Object.values(TOKENS).flat()];

/** Words of a secret that mean nothing else. A number's groups are masked with it. */
function tellingWords(secret: string): readonly string[] {
  return secret
    .split(/[\s=:@/,;"\\<>]+/)
    .filter((word) => word.length >= 6 && /\d/.test(word) && !word.startsWith('AWS4'));
}

describe('an excerpt', () => {
  it.each([
    ['says why', 'Your card has insufficient funds (code 51)', 'Your card has insufficient funds (code 51)'],
    ['is one line', 'first\n\tsecond\u0007', 'first second?'],
    ['masks a card number alone', 'card 4111 1111 1111 1111 was declined', 'card *** was declined'],
    ['masks a mail address alone', 'no account of anna@example.com, sorry', 'no account of *** sorry'],
    ['masks a credential to the end of its clause', 'Authorization: Bearer abc def ghi. Try again', '*** Try again'],
    ['masks each secret', 'anna@example.com and bob@example.com exist', '*** and *** exist'],
    ['masks a key with its lines', 'bad key MIIEvQ==\n-----END RSA PRIVATE KEY-----', '***'],
  ])('%s', (_, text, shown) => {
    expect(excerptOf(text, 200)).toBe(shown);
  });

  it('ends with a cut only after the masks', () => {
    expect(excerptOf('x'.repeat(300), 20)).toBe(`${'x'.repeat(19)}…`);
    expect(excerptOf(`${'x '.repeat(9)}4111 1111 1111 1111`, 20)).toBe(`${'x '.repeat(9)}*…`);
    expect(excerptOf('😀'.repeat(20), 10)).toBe(`${'😀'.repeat(4)}…`);
  });

  it.each([
    ['0 characters are asked for', 'why', 0],
    ['the text is empty', ' \n ', 200],
  ])('is absent if %s', (_, text, most) => {
    expect(excerptOf(text, most)).toBeUndefined();
  });

  it('never shows a secret, wherever it stands and wherever the cut falls', () => {
    const words = fc.array(fc.constantFrom('the', 'card', 'of', 'order', 'was', 'refused', 'at', 'last'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, fc.constantFrom(...secrets), words, fc.integer({ min: 1, max: 500 }), (a, secret, b, most) => {
        const shown = excerptOf([...a, secret, ...b].join(' '), most) ?? '';
        expect(shown.length).toBeLessThanOrEqual(most);
        expect(containsSecret(shown)).toBe(false);
        for (const word of tellingWords(secret)) expect(shown).not.toContain(word.slice(0, 6));
      }),
      { numRuns: 300 },
    );
  });

  it('searches a bounded part, however long the text and however many its secrets', () => {
    expect(maskedText('anna@example.com '.repeat(100_000))).toMatch(/^(\*\*\* ?){9}$/);
    expect(maskedText('x '.repeat(100_000)).length).toBeLessThanOrEqual(1_000);
  });
});
