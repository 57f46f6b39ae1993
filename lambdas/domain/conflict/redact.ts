import { ExactNumber } from '../json/exact-number.ts';
import { isJsonArray, isJsonObject, type Json } from '../json/json-value.ts';
import { matchesPath, type Path, pathOf, pointerOf } from './json-pointer.ts';

/** Replaces a sensitive value. */
export const MASK = '***';

/** Whether a value contains a copied mask. Writing it would overwrite the real value. */
export function containsMask(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === MASK;
  return Object.entries(value).some(([name, member]) => name === MASK || containsMask(member));
}

/** Masks sensitive values, with everything below them. */
export interface Redaction {
  /** Whether the value at a path is masked. */
  hides(path: Path): boolean;
  /** Masks a value at a path. */
  show(value: Json, path: Path): Json;
  /** Masks a JSON Pointer: a field name may itself be personal data. */
  pointer(path: Path): string;
}

const MAX_TEXT_LENGTH = 200;

/** Match anywhere in a field name, ignoring case and separators: `customerEmail`, `billing_address`. */
const SENSITIVE_PARTS = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'apikey',
  'authorization',
  'credential',
  'cookie',
  'privatekey',
  'accesskey',
  'sessionid',
  'securitycode',
  'signature',
  'otpcode',
  'cardnumber',
  'creditcard',
  'debitcard',
  'cardholder',
  'accountnumber',
  'bankaccount',
  'accountno',
  'iban',
  'routingnumber',
  'sortcode',
  'taxid',
  'taxnumber',
  'vatnumber',
  'socialsecurity',
  'passport',
  'nationalid',
  'driverslicense',
  'driverlicense',
  'birthdate',
  'birthday',
  'dateofbirth',
  'email',
  'phone',
  'mobile',
  'firstname',
  'lastname',
  'fullname',
  'middlename',
  'surname',
  'familyname',
  'givenname',
  'maidenname',
  'username',
  'address',
  'street',
  'postcode',
  'postalcode',
  'zipcode',
];
/** Match whole words of a field name only, since `shipping` and `company` contain some of them. */
const SENSITIVE_WORDS: ReadonlySet<string> = new Set([
  'pin',
  'cvv',
  'cvc',
  'cvv2',
  'csc',
  'pan',
  'ssn',
  'dob',
  'otp',
  'pwd',
  'auth',
  'jwt',
  'bic',
  'zip',
  'fax',
]);

/** Bounded repetitions, so that matching stays fast. */
const EMAIL = /[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@.]{2,}/;
const JWT = /eyJ[\w-]{5,}\.[\w-]+\.[\w-]*/;
const CARD_NUMBERS = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g;
/** Larger than times in milliseconds, which have 13 digits. */
const MIN_CARD_NUMBER = 1e13;

/**
 * Builds a redaction.
 *
 * @param sensitive JSON Pointers; `*` matches any member or element
 */
export function redaction(sensitive: readonly string[]): Redaction {
  const patterns = sensitive.map(pathOf).filter((pattern) => pattern !== undefined);
  const hidesLast = (path: Path) =>
    isSensitiveName(path.at(-1) ?? '') || patterns.some((pattern) => matchesPath(pattern, path));
  const show = (value: Json, path: Path): Json => {
    if (hidesLast(path)) return MASK;
    if (isJsonArray(value)) return value.map((element, at) => show(element, [...path, String(at)]));
    if (!isJsonObject(value)) return showLeaf(value);
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [showText(name), show(member, [...path, name])]),
    );
  };
  const hides = (path: Path) => path.some((_, at) => hidesLast(path.slice(0, at + 1))) || hidesLast([]);
  return {
    hides,
    show: (value, path) => (hides(path) ? MASK : show(value, path)),
    pointer: (path) => pointerOf(path.map(showText)),
  };
}

function showLeaf(value: null | boolean | number | ExactNumber | string): Json {
  // A reader would round the number, so show its digits.
  if (value instanceof ExactNumber) return showText(value.text);
  if (typeof value === 'number') return Math.abs(value) >= MIN_CARD_NUMBER ? (maskText(String(value)) ?? value) : value;
  return typeof value === 'string' ? showText(value) : value;
}

function showText(text: string): string {
  const shown = maskText(text) ?? text;
  return shown.length > MAX_TEXT_LENGTH ? `${shown.slice(0, MAX_TEXT_LENGTH).toWellFormed()}…` : shown;
}

/** Undefined if the text needs no mask. */
function maskText(text: string): string | undefined {
  const numbers = text.match(CARD_NUMBERS) ?? [];
  return EMAIL.test(text) || JWT.test(text) || numbers.some(isCardNumber) ? MASK : undefined;
}

function isSensitiveName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    SENSITIVE_PARTS.some((part) => plain.includes(part)) ||
    SENSITIVE_WORDS.has(plain) ||
    wordsOf(name).some((word) => SENSITIVE_WORDS.has(word))
  );
}

/** Splits `cardPIN`, `card_pin` and `card-pin` into two words each. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

/** Luhn check (ISO/IEC 7812-1). */
function isCardNumber(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, at) => {
    const doubled = at % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
