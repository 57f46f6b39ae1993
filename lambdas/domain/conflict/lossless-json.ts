import { jsonRoundTripProblem } from '../../contract/json-round-trip.ts';
import { nestsDeeperThan } from '../boundary/json-depth.ts';
import type { Json } from './json-value.ts';

const MAX_DEPTH = 64;
/** As many decimal digits survive the way through a double, whatever they are. */
const SAFE_DIGITS = 15;
/** Below it a double has fewer digits. */
const MIN_NORMAL = 2.2250738585072014e-308;

/**
 * Reads a JSON text of which nothing may get lost: what was read is written back. Undefined where the text is no JSON, nests too
 * deep, or holds what a double or a string of this runtime can't.
 */
export function readJson(text: string): Json | undefined {
  if (nestsDeeperThan(text, MAX_DEPTH)) return undefined;
  let lossless = true;
  const look = (_name: string, value: unknown, { source }: { readonly source?: string }): unknown => {
    if (typeof value === 'number' && source !== undefined && !keepsDigits(value, source)) lossless = false;
    return value;
  };
  try {
    // The types of the language version in use don't know of the source yet.
    const value = Reflect.apply(JSON.parse, JSON, [text, look]);
    return lossless && jsonRoundTripProblem(value) === undefined ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A value as it is after its way through JSON; undefined where it does not survive that. */
export function asJson(value: unknown): Json | undefined {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : readJson(text);
}

function keepsDigits(value: number, source: string): boolean {
  if (String(value) === source) return true;
  const digits = source.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '');
  if (digits === '') return true;
  return digits.length <= SAFE_DIGITS && Math.abs(value) >= MIN_NORMAL;
}
