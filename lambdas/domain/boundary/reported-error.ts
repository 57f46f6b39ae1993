import { isPlainObject } from '../../contract/json-round-trip.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { type ErrorLayer, readError } from '../classification/error-layer.ts';
import { relevantHeaders } from './response-headers.ts';

const MAX_WORD_LENGTH = 256;
const MAX_MESSAGE_LENGTH = 1_000;
const MAX_STACK_LENGTH = 4_000;

/**
 * Reads the description of an error. Cuts what is too long and drops what is odd, but refuses nothing: what describes
 * an error must never keep an operation from being saved. Keeps every fact of the layers, so that the rules judge the
 * reported error as the thrown one.
 */
export function reportedError(description: unknown): ReportedError {
  const first: unknown = Array.isArray(description) ? description[0] : description;
  const error = described(readError(first));
  if (typeof first !== 'object' || first === null) return error;
  const headers =
    'headers' in first && isPlainObject(first.headers) ? relevantHeaders(Object.entries(first.headers)) : {};
  const stack = 'stack' in first && typeof first.stack === 'string' ? cut(first.stack, MAX_STACK_LENGTH) : '';
  const kept = { ...error.headers, ...headers };
  return { ...error, ...(Object.keys(kept).length > 0 && { headers: kept }), ...(stack !== '' && { stack }) };
}

function described(layer: ErrorLayer): ReportedError {
  const { name, message, code, status, headers, syscall, aliases, retryable, attempts, parts } = layer;
  const [cause, ...causes] = layer.causes;
  const protocol = layer.isGrpc ? 'grpc' : layer.isSmtp ? 'smtp' : undefined;
  return {
    ...(name !== '' && { name: cut(name, MAX_WORD_LENGTH) }),
    ...(message !== '' && { message: cut(message, MAX_MESSAGE_LENGTH) }),
    ...(code !== '' && { code: cut(code, MAX_WORD_LENGTH) }),
    ...(status !== undefined && { statusCode: status }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(syscall !== '' && { syscall: cut(syscall, MAX_WORD_LENGTH) }),
    ...(aliases.length > 0 && { words: aliases.map((word) => cut(word, MAX_WORD_LENGTH)) }),
    ...(protocol && { protocol }),
    ...(retryable && { retryable }),
    ...(attempts !== 1 && { attempts }),
    ...(cause && { cause: described(cause) }),
    ...(causes.length > 0 && { causes: causes.map(described) }),
    // A part without a name may look like a detail of the answer.
    ...(parts.length > 0 && { errors: parts.map((part) => described({ ...part, name: part.name || 'Error' })) }),
  };
}

/** Truncates a text, and repairs a surrogate pair that the cut splits. */
function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed();
}
