import { describe, expect, it } from 'vitest';
import { maskedText } from '../../../../lambdas/domain/disclosure/excerpt.ts';
import { containsQuotedValue } from '../../../../lambdas/domain/disclosure/quoted-values.ts';
import { isCredentialName } from '../../../../lambdas/domain/disclosure/sensitive-names.ts';
import { answerExcerpt } from '../../../../lambdas/domain/excerpt/answer-excerpt.ts';
import { namesSensitiveField, sensitiveFieldFinder } from '../../../../lambdas/domain/excerpt/named-fields.ts';

/** A text of about so many characters. */
const filled = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length));
const twelve = (of: object) => JSON.stringify({ errors: Array.from({ length: 12 }, () => of) });

describe('the work for a hostile answer', () => {
  it.each([
    ['long messages', twelve({ message: filled('"x" ', 2_000) })],
    ['messages that are secrets', twelve({ message: filled('a@b.co x ', 2_000) })],
    ['long names', JSON.stringify({ errors: { [filled('x', 5_000)]: ['y'], [filled('z', 5_000)]: ['y'] } })],
    ['many elements', filled('<p>password 4111 1111 1111 1111</p>', 65_536)],
    ['one element', `<p>${filled('"x"', 65_536)}</p>`],
  ])('masks little of it: %s', (_, body) => {
    let length = 0;
    const shown = answerExcerpt(body, { most: 500, sensitive: [] }, (text) => {
      // The mask reads no more of one text.
      length += Math.min(text.length, 2_000);
      return maskedText(text);
    });
    expect(shown).toBeDefined();
    expect(length).toBeGreaterThan(0);
    expect(length).toBeLessThanOrEqual(7_000);
  });

  it('asks for each word beside a quotation once', () => {
    let asked = 0;
    const count = (name: string) => {
      asked++;
      return isCredentialName(name);
    };
    expect(containsQuotedValue(filled('"x"', 2_048), count)).toBe(false);
    expect(containsQuotedValue(filled("'y' z ", 2_048), count)).toBe(false);
    expect(asked).toBeLessThan(20);
    asked = 0;
    const words = Array.from({ length: 300 }, (_, at) => `"${at}" w${at}`).join(' ');
    expect(containsQuotedValue(words, count)).toBe(false);
    expect(asked).toBeLessThanOrEqual(2 * 300);
  });

  it('looks for names of fields in so many texts only, and then takes one as found', () => {
    let read = 0;
    const holds = sensitiveFieldFinder((member, text) => {
      read++;
      return namesSensitiveField(member, text);
    });
    const texts = Array.from({ length: 1_500 }, () => 'a');
    expect(holds('field', texts)).toBe(false);
    expect(holds('field', texts)).toBe(true);
    expect(read).toBe(2_000);
    expect(sensitiveFieldFinder()('field', ['a', 'password'])).toBe(true);
  });
});
