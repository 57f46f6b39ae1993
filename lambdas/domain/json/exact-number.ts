/** A JSON number that a double can't hold. Keeps its text. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** For display: the digits, as a string. Only {@link writeJson} writes the number. */
  toJSON(): string {
    return this.text;
  }
}

/** Any number with this many decimal digits survives conversion to a double. */
const SAFE_DIGITS = 15;
/** Below this value, doubles have fewer digits. */
const MIN_NORMAL = 2.2250738585072014e-308;
/** A number with a longer exponent than this is equal to itself only. */
const MAX_EXPONENT_DIGITS = 20;

/** Reads a number: as a double if that holds its value. */
export function readNumber(text: string): number | ExactNumber {
  const value = Number(text);
  return isExact(value, text) ? value : new ExactNumber(text);
}

/** The same text for equal numbers, however they are written: digits without zeros at the edges, and a power of ten. */
export function canonicalNumber(number: number | ExactNumber): string {
  const text = typeof number === 'number' ? String(number) : number.text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (exponent.length > MAX_EXPONENT_DIGITS) return text;
  const digits = withoutEdgeZeros(whole + fraction);
  const scale = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.trailing);
  return digits.text === '' ? '0' : `${sign}${digits.text}e${scale}`;
}

/** Zeros at the edges, without a regular expression: a stranger may send thousands. */
function withoutEdgeZeros(digits: string): { readonly text: string; readonly trailing: number } {
  let [from, to] = [0, digits.length];
  while (from < to && digits[from] === '0') from++;
  while (to > from && digits[to - 1] === '0') to--;
  return { text: digits.slice(from, to), trailing: digits.length - to };
}

function isExact(value: number, text: string): boolean {
  if (String(value) === text) return true;
  if (!Number.isFinite(value)) return false;
  const digits = text.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '');
  if (digits === '') return true;
  return digits.length <= SAFE_DIGITS && Math.abs(value) >= MIN_NORMAL;
}
