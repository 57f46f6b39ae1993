import { matchesPath, type Path, pathOf, pointerOf } from './json-pointer.ts';
import { isJsonArray, isJsonObject, type Json } from './json-value.ts';

/** What stands in place of a value that nobody may see. */
export const MASK = '***';

/** Whether somebody has copied what stands in place of a value: it would overwrite that one. */
export function holdsMask(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === MASK;
  return Object.entries(value).some(([name, member]) => name === MASK || holdsMask(member));
}

/** What may not be seen, and so is masked, with all that is below it. */
export interface Redaction {
  /** Whether nobody may see what is at a path. */
  hides(path: Path): boolean;
  /** A value at a path, as it may be seen. */
  show(value: Json, path: Path): Json;
  /** A JSON Pointer as it may be seen: a name of a field may be somebody's address. */
  pointer(path: Path): string;
}

const MAX_TEXT_LENGTH = 200;

/** In names without case and separators, wherever they stand: `customerEmail`, `billing_address`. */
const TELLING_PARTS = [
  ...['password', 'passwd', 'passphrase', 'secret', 'token', 'apikey', 'authorization', 'credential', 'cookie'],
  ...['privatekey', 'accesskey', 'sessionid', 'securitycode', 'signature', 'otpcode'],
  ...['cardnumber', 'creditcard', 'debitcard', 'cardholder', 'accountnumber', 'bankaccount', 'accountno', 'iban'],
  ...['routingnumber', 'sortcode', 'taxid', 'taxnumber', 'vatnumber', 'socialsecurity', 'passport', 'nationalid'],
  ...['driverslicense', 'driverlicense', 'birthdate', 'birthday', 'dateofbirth', 'email', 'phone', 'mobile'],
  ...['firstname', 'lastname', 'fullname', 'middlename', 'surname', 'familyname', 'givenname', 'maidenname'],
  ...['username', 'address', 'street', 'postcode', 'postalcode', 'zipcode'],
];
/** Whole words of a name: within others they mean nothing, as in `shipping` and `company`. */
const TELLING_WORDS: ReadonlySet<string> = new Set([
  ...['pin', 'cvv', 'cvc', 'cvv2', 'csc', 'pan', 'ssn', 'dob', 'otp', 'pwd', 'auth', 'jwt'],
  ...['bic', 'zip', 'fax'],
]);

/** Bounded, so that no text takes long. */
const EMAIL = /[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@.]{2,}/;
const JWT = /eyJ[\w-]{5,}\.[\w-]+\.[\w-]*/;
const CARD_NUMBERS = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g;
/** Times in milliseconds have 13 digits. */
const MIN_CARD_NUMBER = 1e13;

/** @param sensitive JSON Pointers, in which `*` stands for any member or element */
export function redaction(sensitive: readonly string[]): Redaction {
  const patterns = sensitive.map(pathOf).filter((pattern) => pattern !== undefined);
  const hidesLast = (path: Path) =>
    isTelling(path.at(-1) ?? '') || patterns.some((pattern) => matchesPath(pattern, path));
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

function showLeaf(value: null | boolean | number | string): Json {
  if (typeof value === 'number') return Math.abs(value) >= MIN_CARD_NUMBER ? (maskText(String(value)) ?? value) : value;
  return typeof value === 'string' ? showText(value) : value;
}

function showText(text: string): string {
  const shown = maskText(text) ?? text;
  return shown.length > MAX_TEXT_LENGTH ? `${shown.slice(0, MAX_TEXT_LENGTH).toWellFormed()}…` : shown;
}

/** Undefined where nothing needs to be masked. */
function maskText(text: string): string | undefined {
  const numbers = text.match(CARD_NUMBERS) ?? [];
  return EMAIL.test(text) || JWT.test(text) || numbers.some(isCardNumber) ? MASK : undefined;
}

function isTelling(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    TELLING_PARTS.some((part) => plain.includes(part)) ||
    TELLING_WORDS.has(plain) ||
    wordsOf(name).some((word) => TELLING_WORDS.has(word))
  );
}

/** `cardPIN`, `card_pin` and `card-pin` are two words each. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

/** By the Luhn algorithm (ISO/IEC 7812-1). */
function isCardNumber(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, at) => {
    const doubled = at % 2 === 0 ? digit : digit * 2;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
