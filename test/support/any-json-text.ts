import fc from 'fast-check';

/** White space, which no producer owes anybody. */
const space = fc.constantFrom('', '', '', ' ', '\n', '\t  ', '\r\n');

/** Numbers, many of which a double can't hold or writes in another way. */
export const numberText = fc.oneof(
  fc.constantFrom('0', '-0', '1.0', '1E5', '1e-400', '-1e400', '1.000000000000000001', '123456789012345.678'),
  fc.bigInt().map(String),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.nat(),
      fc.stringMatching(/^\d{1,25}$/),
      fc.constantFrom('', 'e-7', 'E+30', 'e300'),
    )
    .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction}${exponent}`),
);

/** Strings, many of them with escapes that nobody needs, or with half of a surrogate pair. */
const stringText = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\u0061"',
    '"\\/"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\u0000"',
    '"😀ä\u2028"',
    '"\\\\\\""',
    '"null"',
  ),
);

const nameText = fc.oneof(
  stringText,
  fc.constantFrom('"a"', '"a"', '"\\u0061"', '"__proto__"', '"body"', '"operation"'),
);

const nested = fc
  .tuple(fc.integer({ min: 30, max: 3_000 }), fc.constantFrom('[', '{"a":'))
  .map(([levels, open]) => `${open.repeat(levels)}1${(open === '[' ? ']' : '}').repeat(levels)}`);

const { value } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    numberText,
    stringText,
    fc.constantFrom('true', 'false', 'null', '[]', '{ }'),
    tie('array'),
    tie('object'),
  ),
  array: fc
    .tuple(fc.array(tie('value'), { maxLength: 4 }), space)
    .map(([elements, gap]) => `[${gap}${elements.join(`${gap},`)}${gap}]`),
  object: fc
    .tuple(fc.array(fc.tuple(nameText, tie('value')), { maxLength: 4 }), space)
    .map(
      ([members, gap]) => `{${gap}${members.map(([name, member]) => `${name}${gap}:${gap}${member}`).join(`,${gap}`)}}`,
    ),
}));

/** JSON text as other languages, or nobody at all, would write it. */
export const anyJsonText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: value, weight: 9 },
  { arbitrary: nested, weight: 1 },
);
