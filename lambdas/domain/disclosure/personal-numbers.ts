import { passesLuhn } from './numbers.ts';

/** A way to write a number. It counts only if it also passes its check. */
interface Form {
  readonly pattern: RegExp;
  readonly isValid?: (text: string) => boolean;
}

/**
 * Phone numbers, written as such. Plain digits without a plus sign may be an order number.
 *
 * Sources: ITU-T E.123 and E.164; the North American numbering plan.
 */
const PHONES: readonly Form[] = [
  { pattern: /^(?:\+\d|00[1-9]\d?\d?[ /-])[\d ()./-]+$/, isValid: hasPhoneDigits },
  { pattern: /^(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d{3}[ .-]\d{4}$/ },
  { pattern: /^\(?0[1-9]\d{1,3}\)?[ /]\d{3,4}[ -]?\d{3,5}$/ },
  { pattern: /^0[1-9](?:[ .-]\d\d){4}$/ },
];

function hasPhoneDigits(text: string): boolean {
  const { length } = digitsOf(text);
  return length >= 8 && length <= 15;
}

/** Numbers that states give to persons, where their form or check digit tells them from others. */
const NATIONAL_IDS: readonly Form[] = [
  // United States (SSN, ITIN), Canada (SIN), Brazil (CPF).
  { pattern: /^(?!000|666)\d{3}-(?!00)\d\d-(?!0000)\d{4}$/ },
  { pattern: /^\d{3}[ -]\d{3}[ -]\d{3}$/, isValid: (text) => passesLuhn(digitsOf(text)) },
  { pattern: /^\d{3}\.\d{3}\.\d{3}-\d\d$/ },
  // United Kingdom (NINO), Switzerland (AHV), Belgium, Italy (codice fiscale).
  { pattern: /^[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]$/ },
  { pattern: /^756\.\d{4}\.\d{4}\.\d\d$/ },
  { pattern: /^\d\d\.\d\d\.\d\d-\d{3}\.\d\d$/ },
  { pattern: /^[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]$/ },
  // France (NIR), Spain (DNI, NIE), Finland, Sweden.
  { pattern: /^[12](?: ?\d\d){3} ?\d{3} ?\d{3} ?\d\d$/, isValid: isNir },
  { pattern: /^[\dXYZ]\d{7}-?[A-Z]$/, isValid: isDni },
  { pattern: /^\d{6}[A-FU-Y+-]\d{3}[0-9A-Y]$/, isValid: isHetu },
  { pattern: /^\d\d[01]\d[0-3]\d[+-]\d{4}$/, isValid: (text) => passesLuhn(digitsOf(text)) },
  // China, India (Aadhaar, PAN).
  { pattern: /^\d{6}(?:19|20)\d{5}\d{4}[\dX]$/, isValid: isResidentNumber },
  { pattern: /^[2-9]\d{3} \d{4} \d{4}$/ },
  { pattern: /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/ },
];
/** A passport, as machines read it (ICAO 9303). */
const PASSPORT = /P<[A-Z]{3}[A-Z<]{8}/;

/** Whether a text contains a phone number or a number that a state gave to a person. */
export function containsPersonalNumber(text: string): boolean {
  if (PASSPORT.test(text)) return true;
  return candidatesIn(text).some((candidate) =>
    [...PHONES, ...NATIONAL_IDS].some(
      ({ pattern, isValid = () => true }) => pattern.test(candidate) && isValid(candidate),
    ),
  );
}

/** The characters of such numbers. A slash may also separate them from other text. */
const BORDERS = [/[^\w ().+/-]/, /[^\w ().+-]/];
const LENGTHS = { least: 8, most: 30 } as const;
/** `1 85 05 78 006 084 91` has seven. */
const MAX_GROUPS = 7;

/**
 * The texts that may be a number: up to seven groups, between spaces or other characters. So no part of an id, a
 * version or a time is one.
 */
function candidatesIn(text: string): readonly string[] {
  const runs = new Set(BORDERS.flatMap((border) => text.split(border)).filter((run) => /\d/.test(run)));
  return [...runs].flatMap((run) => {
    const groups = run.split(' ');
    return groups.flatMap((_, from) => {
      const joined = Array.from({ length: MAX_GROUPS }, (_, more) => groups.slice(from, from + more + 1).join(' '));
      return joined.map(bare).filter(({ length }) => length >= LENGTHS.least && length <= LENGTHS.most);
    });
  });
}

/** Without the end of a sentence and the parentheses around it. */
function bare(text: string): string {
  const inner = text.startsWith('(') && text.endsWith(')') ? text.slice(1) : text;
  return inner.replace(/[).]{1,2}$/, '').replace(/^\((?!\d)/, '');
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

/** The last two digits complement the others modulo 97. */
function isNir(text: string): boolean {
  const digits = digitsOf(text);
  return 97 - Number(BigInt(digits.slice(0, 13)) % 97n) === Number(digits.slice(13));
}

/** The last character is the number modulo 23. X, Y and Z stand for 0, 1 and 2. */
function isDni(text: string): boolean {
  const number = text.slice(0, 8).replace(/^[XYZ]/, (first) => String('XYZ'.indexOf(first)));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] === text.at(-1);
}

/** The last character is the number modulo 31. */
function isHetu(text: string): boolean {
  const number = Number(text.slice(0, 6) + text.slice(7, 10));
  return '0123456789ABCDEFHJKLMNPRSTUVWXY'[number % 31] === text.at(-1);
}

/** ISO 7064 mod 11-2. */
function isResidentNumber(text: string): boolean {
  const sum = text
    .split('')
    .reduce((total, digit, at) => total + (digit === 'X' ? 10 : Number(digit)) * 2 ** (17 - at), 0);
  return sum % 11 === 1;
}
