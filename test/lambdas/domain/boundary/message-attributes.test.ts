import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attributeKey,
  attributeText,
  isSendableAttribute,
  parseAttributeKey,
} from '../../../../lambdas/domain/boundary/message-attributes.ts';

const name = fc.stringMatching(/^[a-z][\w-]{0,20}$/).filter((text) => !/^(?:aws|amazon|backstop)/i.test(text));
const label = fc.string({ minLength: 1, maxLength: 200 }).filter((text) => !/\p{Cc}/u.test(text));
const dataType = fc
  .tuple(fc.constantFrom('String', 'Number', 'Binary'), fc.option(label))
  .map(([base, own]) => (own === null ? base : `${base}.${own}`));

describe('the key of an attribute', () => {
  it('holds its name and its type, whatever the type is called', () => {
    fc.assert(
      fc.property(name, dataType, (one, type) => {
        expect(parseAttributeKey(attributeKey(one, type))).toEqual({ name: one, dataType: type });
      }),
    );
  });

  it('of a received attribute can be sent', () => {
    fc.assert(
      fc.property(name, dataType, (one, type) => {
        const value = attributeText({ dataType: type, stringValue: '5', binaryValue: 'AAE=' }) ?? '';
        expect(isSendableAttribute(attributeKey(one, type), value)).toBe(true);
      }),
    );
  });
});
