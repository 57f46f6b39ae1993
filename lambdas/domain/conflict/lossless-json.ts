import { jsonRoundTripProblem } from '../../contract/json-round-trip.ts';
import { nestsDeeperThan } from '../boundary/json-depth.ts';
import type { Json } from './json-value.ts';

const MAX_DEPTH = 64;
/** Any number with this many decimal digits survives conversion to a double. */
const SAFE_DIGITS = 15;
/** Below this value, doubles have fewer digits. */
const MIN_NORMAL = 2.2250738585072014e-308;

/**
 * Parses JSON only if writing it back loses nothing. Undefined if the text is not JSON, nests too deep, or exceeds what
 * a double or a string can hold.
 */
export function readJson(text: string): Json | undefined {
  if (nestsDeeperThan(text, MAX_DEPTH)) return undefined;
  let lossless = true;
  const reviver = (_name: string, value: unknown, { source }: { readonly source?: string }): unknown => {
    if (typeof value === 'number' && source !== undefined && !isExact(value, source)) lossless = false;
    return value;
  };
  try {
    // The type definitions don't yet declare the reviver's third parameter.
    const value = Reflect.apply(JSON.parse, JSON, [text, reviver]);
    return lossless && jsonRoundTripProblem(value) === undefined ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The value after a JSON round trip; undefined if it doesn't survive one. */
export function asJson(value: unknown): Json | undefined {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : readJson(text);
}

function isExact(value: number, source: string): boolean {
  if (String(value) === source) return true;
  const digits = source.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '');
  if (digits === '') return true;
  return digits.length <= SAFE_DIGITS && Math.abs(value) >= MIN_NORMAL;
}
