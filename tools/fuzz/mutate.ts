type Random = () => number;

/** Values that code forgets: empty, huge, of another type, of other alphabets, or with a meaning to JavaScript. */
const HOSTILE: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1, 1e308, 5e-324, 2 ** 53, [], {}, '', ' ', '0', 'null', '\u0000', '\ud800', '\u202e'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '/../..',
    '//evil.example',
    '/%2e%2e/',
    '/%ef%bc%8e%ef%bc%8e/',
    '\r\nHost: x',
  ],
  ...[
    '9999-12-31T00:00:00.000Z',
    '2026-02-30T00:00:00Z',
    '-1',
    'P1',
    'GET',
    'eyJ',
    'a@b.cd',
    '%',
    '4111 1111 1111 1111',
  ],
  JSON.parse('{"then":1,"toJSON":"x"}'),
  [[[[[[[[[[]]]]]]]]]],
];
const UNITS = [
  'a',
  'eyJ',
  '/',
  '%2e',
  '%',
  'a@',
  ' ',
  '4 ',
  '=',
  ':',
  '"',
  '\\',
  '[',
  '{"a":',
  '\u0000',
  '\u{1f600}',
  '.',
];
const MEMBERS = ['__proto__', 'constructor', 'detail', 'detail-type', 'body', 'kind', 'version', 'id', 'headers', ''];
/** Lengths on both sides of the limits of fields. */
const LENGTHS = [1, 64, 65, 128, 129, 256, 1_024, 2_000, 4_096, 8_192, 70_000];

/** A message like the given one, with one to three changes. Some are no longer JSON. */
export function mutated(seed: unknown, random: Random): string {
  let message = structuredClone(seed);
  for (let changes = 1 + below(3, random); changes > 0; changes--) message = changedSomewhere(message, random, 0);
  const text = JSON.stringify(message) ?? 'null';
  return random() < 0.2 ? spliced(text, random) : text;
}

/** @param depth The message as a whole is seldom replaced, because nothing else of it would be read. */
function changedSomewhere(value: unknown, random: Random, depth: number): unknown {
  const isEnough = random() < (depth === 0 ? 0.01 : 0.15);
  if (typeof value !== 'object' || value === null || isEnough) return replacement(random);
  const names = Object.keys(value);
  const name = names[below(names.length, random)];
  const copy = Array.isArray(value) ? [...value] : { ...value };
  if (name === undefined || random() < 0.1) return { ...copy, [pick(MEMBERS, random)]: replacement(random) };
  if (random() < 0.1) Reflect.deleteProperty(copy, name);
  else Reflect.set(copy, name, changedSomewhere(Reflect.get(value, name), random, depth + 1));
  return copy;
}

function replacement(random: Random): unknown {
  if (random() < 0.6) return pick(HOSTILE, random);
  const unit = pick(UNITS, random);
  const length = pick(LENGTHS, random);
  return unit.repeat(Math.ceil((random() < 0.9 ? Math.min(length, 300) : length) / unit.length));
}

/** Cuts a piece out, or puts one in, at the level of characters. */
function spliced(text: string, random: Random): string {
  const at = below(text.length, random);
  return text.slice(0, at) + (random() < 0.5 ? pick(UNITS, random) : '') + text.slice(at + below(20, random));
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[below(values.length, random)] as T;
}

function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}
