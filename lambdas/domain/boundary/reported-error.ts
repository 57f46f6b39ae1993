import { isPlainObject } from '../../contract/json-round-trip.ts';
import type { ReportedError } from '../../contract/verdict.ts';
import { type ErrorLayer, readError } from '../classification/error-layer.ts';
import { readField } from '../classification/fields.ts';
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
  const error = described(withoutWrapper(readError(first)));
  if (typeof first !== 'object' || first === null) return error;
  const fields = first as Readonly<Record<string, unknown>>;
  // Node makes the text when it is read, and throws if name or message is not a text.
  const stack = readField(fields, 'stack');
  return {
    ...error,
    headers: filled({ ...error.headers, ...headersIn(readField(fields, 'headers')) }),
    stack: typeof stack === 'string' ? cut(stack, MAX_STACK_LENGTH) : undefined,
  };
}

/** A state machine that tried several times says so around the error. The wrapper says nothing else. */
function withoutWrapper(layer: ErrorLayer): ErrorLayer {
  const { name, message, code, status, aliases, parts, attempts } = layer;
  const [cause, ...others] = layer.causes;
  const isBare = name === '' && message === '' && code === '' && status === undefined && aliases.length === 0;
  if (!cause || !isBare || others.length > 0 || parts.length > 0) return layer;
  return { ...cause, attempts: Math.max(attempts, cause.attempts), isCounted: layer.isCounted || cause.isCounted };
}

/** None if a header can't be read. */
function headersIn(headers: unknown): Readonly<Record<string, string>> {
  try {
    return isPlainObject(headers) ? relevantHeaders(Object.entries(headers)) : {};
  } catch {
    return {};
  }
}

function described(layer: ErrorLayer): ReportedError {
  const { name, message, code, status, headers, syscall, aliases, retryable, attempts, isCounted, parts } = layer;
  const [cause, ...causes] = layer.causes;
  const protocol = layer.isGrpc ? 'grpc' : layer.isSmtp ? 'smtp' : undefined;
  return {
    name: cut(name, MAX_WORD_LENGTH),
    message: cut(message, MAX_MESSAGE_LENGTH),
    code: cut(code, MAX_WORD_LENGTH),
    statusCode: status,
    headers: filled(headers),
    syscall: cut(syscall, MAX_WORD_LENGTH),
    words: filled(aliases.flatMap((word) => cut(word, MAX_WORD_LENGTH) ?? [])),
    protocol,
    retryable: retryable || undefined,
    attempts: attempts > 1 || isCounted ? attempts : undefined,
    cause: cause && described(cause),
    causes: filled(causes.map(described)),
    // A part without a name may look like a detail of the answer.
    errors: filled(parts.map((part) => described({ ...part, name: part.name || 'Error' }))),
  };
}

/** Truncates a text, and repairs a surrogate pair that the cut splits. Undefined if it is empty. */
function cut(text: string, maxLength: number): string | undefined {
  return text === '' ? undefined : text.slice(0, maxLength).toWellFormed();
}

/** Undefined if there is nothing in it. */
function filled<T extends object>(facts: T): T | undefined {
  return Object.keys(facts).length > 0 ? facts : undefined;
}
