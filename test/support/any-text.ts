import fc from 'fast-check';

/**
 * Any text, including lone surrogates and names of object members. `fc.string({ unit: 'binary' })` generates the same,
 * but first builds a map of all characters.
 */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: fc.array(fc.nat(0x10ffff)).map((points) => String.fromCodePoint(...points)) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'null', '0', ' ') },
);
const scalar = [fc.boolean(), fc.maxSafeInteger(), fc.double(), anyText] as const;

/** Any value, including those that JSON lacks. */
export const anyValue: fc.Arbitrary<unknown> = fc.anything({
  key: anyText,
  withNullPrototype: true,
  values: [...scalar, fc.constantFrom(null, undefined, Number.NaN)],
});

/** Any JSON text. */
export const anyJson: fc.Arbitrary<string> = fc
  .anything({ key: anyText, values: [...scalar, fc.constant(null)] })
  .map((value) => JSON.stringify(value));
