import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderTemplate } from '../../../tools/local/mapping-template.ts';
import { anyText } from '../../support/any-text.ts';

describe('a mapping template', () => {
  it.each([
    ["$input.path('$.a.b') and $input.json('$.a')", '1 and {"b":1}'],
    ["$input.path('$.missing.too')|$input.json('$.missing')", '|'],
    ["#if($input.path('$.a.b') != '')yes#{else}no#end", 'yes'],
    ["#if($input.path('$.c') != '')yes#{else}no#end", 'no'],
    [`$util.escapeJavaScript("it's").replaceAll("\\\\'", "'")`, "it's"],
  ])('%s', (template, expected) => {
    expect(renderTemplate(template, { a: { b: 1 } })).toBe(expected);
  });

  it('writes any JSON into a text of JSON, if it undoes the escape that JSON does not know', () => {
    const template = `{"text":"$util.escapeJavaScript($input.json('$.value')).replaceAll("\\\\'", "'")"}`;
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(anyText, anyText)), (value) => {
        const { text } = JSON.parse(renderTemplate(template, { value }));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('changes the status of a response', () => {
    const context = { responseOverride: {} };
    expect(renderTemplate('#set($context.responseOverride.status = 503)x', {}, context)).toBe('x');
    expect(context).toEqual({ responseOverride: { status: 503 } });
  });

  it.each(["$util.base64Encode('x')", '$input.body', "$input.path('$..a')", "$input.path('$.a[0]')"])(
    "is refused where the embedded cloud can't render it: %s",
    (template) => {
      expect(() => renderTemplate(template, { a: [1] })).toThrow(/the embedded cloud (?:can't read|does not know)/);
    },
  );
});
