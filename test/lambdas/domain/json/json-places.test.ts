import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_TEXTS, MESSAGE_TEXTS } from '../../../../lambdas/domain/boundary/failure-json.ts';
import { liftTexts, type Place, sinkTexts } from '../../../../lambdas/domain/json/json-places.ts';
import { JsonScanner } from '../../../../lambdas/domain/json/json-scanner.ts';
import { anyJsonText } from '../../../support/any-json-text.ts';

const BODY: Place = { members: { body: 'text' } };
const EITHER: Place = { members: { body: 'text-or-null' } };

describe('a lifted text', () => {
  it.each<[string, Place, string, string]>([
    ['an object', BODY, '{"body":{"a":1.0},"b":1.0}', '{"body":"{\\"a\\":1.0}","b":1.0}'],
    ['a string', BODY, '{"body":"x"}', '{"body":"\\"x\\""}'],
    ['null', BODY, '{"body": null}', '{"body": null}'],
    ['null where it counts', EITHER, '{"body": null}', '{"body": "null"}'],
    ['an escaped name', BODY, '{"\\u0062ody":1}', '{"\\u0062ody":"1"}'],
    ['a repeated member', BODY, '{"body":1,"body":2}', '{"body":"1","body":"2"}'],
    ['white space', BODY, '{ "body" : [ 1 , 2 ] }', '{ "body" : "[ 1 , 2 ]" }'],
    ['the same name deeper', BODY, '{"a":{"body":1}}', '{"a":{"body":1}}'],
    ['another type', BODY, '[{"body":1}]', '[{"body":1}]'],
    ['elements', { elements: BODY }, '[{"body":1},2,{"body":3}]', '[{"body":"1"},2,{"body":"3"}]'],
    ["an object's own names", BODY, '{"constructor":1,"__proto__":2}', '{"constructor":1,"__proto__":2}'],
    ['no JSON that is at the root', 'text', ' 1 ', ' "1" '],
  ])('is that of %s', (_, place, text, lifted) => {
    expect(liftTexts(text, place)).toBe(lifted);
    expect(sinkTexts(lifted, place)).toBe(text);
  });

  it('comes back as it was, whatever is around it', () => {
    const message = anyJsonText.map(
      (text) => `{"operation":{"body":${text},"a":${text}},"undo":[{"operation":{"base":${text}}}]}`,
    );
    fc.assert(
      fc.property(
        fc.oneof(anyJsonText, message),
        fc.constantFrom<Place[]>(FAILURE_TEXTS, MESSAGE_TEXTS, BODY),
        (text, place) => {
          const lifted = liftTexts(text, place);
          expect(() => JSON.parse(lifted)).not.toThrow();
          expect(sinkTexts(lifted, place)).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the scanner', () => {
  it('reads each value to its end', () => {
    fc.assert(
      fc.property(anyJsonText, anyJsonText, (one, other) => {
        const scanner = new JsonScanner(`[${one} ,\n${other}]`);
        const texts: string[] = [];
        scanner.elements(() => texts.push(scanner.skip()));
        expect(texts).toEqual([one, other]);
      }),
      { numRuns: 500 },
    );
  });

  it("ends with an error for a text that isn't JSON", () => {
    const piece = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '1', 'a', ' ', '\u2028');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          liftTexts(pieces.join(''), FAILURE_TEXTS);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
