import { isPlainObject } from '../../contract/json-round-trip.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { type ErrorLayer, readError } from '../classification/error-layer.ts';
import { relevantHeaders } from './response-headers.ts';

const MAX_WORD_LENGTH = 256;
const MAX_MESSAGE_LENGTH = 1_000;
const MAX_STACK_LENGTH = 4_000;
const MAX_CAUSES = 3;
const MAX_PARTS = 5;
/** Where the code says only that a query failed, the number of the database says why. */
const GENERIC_CODES: ReadonlySet<string> = new Set(['', 'EREQUEST']);
const DATABASE_CODE = /^(?:\d{2,8}|(?=.{0,4}\d)[0-9A-Z]{5}|ORA-\d{5})$/;

/**
 * Reads the description of an error. Cuts what is too long and drops what is odd, but refuses nothing: what describes
 * an error must never keep an operation from being saved.
 */
export function reportedError(description: unknown): ReportedError {
  const first: unknown = Array.isArray(description) ? description[0] : description;
  const error = described(readError(first), 0);
  if (typeof first !== 'object' || first === null) return error;
  const headers =
    'headers' in first && isPlainObject(first.headers) ? relevantHeaders(Object.entries(first.headers)) : {};
  const stack = 'stack' in first && typeof first.stack === 'string' ? cut(first.stack, MAX_STACK_LENGTH) : '';
  const kept = { ...error.headers, ...headers };
  return { ...error, ...(Object.keys(kept).length > 0 && { headers: kept }), ...(stack !== '' && { stack }) };
}

function described(layer: ErrorLayer, depth: number): ReportedError {
  const { name, message, status, headers, causes, parts } = layer;
  const code = GENERIC_CODES.has(layer.code)
    ? (layer.aliases.find((word) => DATABASE_CODE.test(word)) ?? layer.code)
    : layer.code;
  const [cause] = causes;
  const isDeep = depth >= MAX_CAUSES;
  return {
    ...(name !== '' && { name: cut(name, MAX_WORD_LENGTH) }),
    ...(message !== '' && { message: cut(message, MAX_MESSAGE_LENGTH) }),
    ...(code !== '' && { code: cut(code, MAX_WORD_LENGTH) }),
    ...(status !== undefined && { statusCode: status }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(cause && !isDeep && { cause: described(cause, depth + 1) }),
    ...(parts.length > 0 && !isDeep && { errors: parts.slice(0, MAX_PARTS).map((part) => described(part, depth + 1)) }),
  };
}

/** Truncates a text, and repairs a surrogate pair that the cut splits. */
function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed();
}
