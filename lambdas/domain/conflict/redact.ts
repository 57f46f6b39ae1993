import { containsSecret } from '../disclosure/secrets.ts';
import { isSensitiveName } from '../disclosure/sensitive-names.ts';
import { MASK } from '../disclosure/shown-path.ts';
import { ExactNumber } from '../json/exact-number.ts';
import { isJsonArray, isJsonObject, type Json } from '../json/json-value.ts';
import { matchesPath, type Path, pathOf, pointerOf } from './json-pointer.ts';

export { MASK };

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
/** The shortest card number has 13 digits and begins with 2 or more. Times in milliseconds are smaller until 2033. */
const MIN_CARD_NUMBER = 2e12;

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
  if (typeof value === 'number')
    return Math.abs(value) >= MIN_CARD_NUMBER && containsSecret(String(value)) ? MASK : value;
  return typeof value === 'string' ? showText(value) : value;
}

function showText(text: string): string {
  if (containsSecret(text)) return MASK;
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH).toWellFormed()}…` : text;
}
