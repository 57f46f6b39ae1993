/** A set of byte sequences, as a tree. An empty node ends a sequence. */
type Bytes = Map<number, Bytes>;

/**
 * Planes with characters that rules may name: no other has one that another character stands for, or that is invisible.
 */
const PLANES = [0, 1, 2, 14];
const PLANE_SIZE = 0x10000;
const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff;

/**
 * A pattern for characters that are percent-encoded as UTF-8, in either case of the digits. It is one of alternatives
 * without a repetition, and means the same in every language's regular expressions.
 *
 * @param isWanted whether the pattern matches a character
 */
export function encoded(isWanted: (character: string) => boolean): string {
  const root: Bytes = new Map();
  for (const plane of PLANES)
    for (let code = plane * PLANE_SIZE; code < (plane + 1) * PLANE_SIZE; code += 1) {
      const character = isSurrogate(code) ? '' : String.fromCodePoint(code);
      if (character !== '' && isWanted(character)) add(root, Buffer.from(character));
    }
  return patternOf(root);
}

function add(root: Bytes, bytes: Iterable<number>): void {
  let node = root;
  for (const byte of bytes) {
    const next = node.get(byte) ?? new Map();
    node.set(byte, next);
    node = next;
  }
}

/** Bytes with the same continuation stand together. */
function patternOf(node: Bytes): string {
  const alternatives = [...grouped(node, (next) => patternOf(next))].map(([rest, bytes]) => bytesPattern(bytes) + rest);
  return alternatives.length === 1 || node.size === 0 ? alternatives.join('') : `(${alternatives.join('|')})`;
}

function bytesPattern(bytes: readonly number[]): string {
  const byHigh = new Map(
    [...Map.groupBy(bytes, (byte) => byte >> 4)].map(([high, group]) => [high, digits(group.map((byte) => byte & 15))]),
  );
  const alternatives = [...grouped(byHigh, (low) => low)].map(([low, highs]) => `%${digits(highs)}${low}`);
  return alternatives.length === 1 ? alternatives.join('') : `(${alternatives.join('|')})`;
}

/** Keys by what their values make. */
function grouped<Value>(map: ReadonlyMap<number, Value>, of: (value: Value) => string): ReadonlyMap<string, number[]> {
  const keys = new Map<string, number[]>();
  for (const [key, value] of map) {
    const made = of(value);
    keys.set(made, [...(keys.get(made) ?? []), key]);
  }
  return keys;
}

const HEX = '0123456789ABCDEF';
const ANY_DIGIT = '[0-9A-Fa-f]';

/** One character beyond ASCII or of it, percent-encoded as UTF-8 (RFC 3629, section 4). */
export const ENCODED_CHARACTER = encodedCharacter();

function encodedCharacter(): string {
  const tail = `%[89ABab]${ANY_DIGIT}`;
  const sequences = [
    `%[0-7]${ANY_DIGIT}`,
    `%([Cc][2-9A-Fa-f]|[Dd]${ANY_DIGIT})${tail}`,
    `%[Ee]0%[ABab]${ANY_DIGIT}${tail}`,
    `%[Ee][1-9A-Ca-cEeFf]${tail}${tail}`,
    `%[Ee][Dd]%[89]${ANY_DIGIT}${tail}`,
    `%[Ff]0%[9ABab]${ANY_DIGIT}${tail}${tail}`,
    `%[Ff][1-3]${tail}${tail}${tail}`,
    `%[Ff]4%8${ANY_DIGIT}${tail}${tail}`,
  ];
  return sequences.join('|');
}

/** One hexadecimal digit of several. */
function digits(values: readonly number[]): string {
  if (values.length === HEX.length) return ANY_DIGIT;
  const upper = values.map((value) => HEX[value]).join('');
  const all = upper + upper.replace(/[0-9]/g, '').toLowerCase();
  return all.length === 1 ? all : `[${all}]`;
}
