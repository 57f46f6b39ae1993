import type { HttpOperation } from '../../contract/failure.ts';
import type { FallbackAnswer } from '../../contract/fallback-answer.ts';
import { redaction } from '../conflict/redact.ts';
import { shownPath } from '../disclosure/shown-path.ts';
import { isJsonObject, type Json, type JsonObject, objectOf } from '../json/json-value.ts';
import { readJson } from '../json/lossless-json.ts';
import { operationRedaction } from '../redrive/operation-redaction.ts';
import { operationView, unreadableFields } from '../redrive/operation-view.ts';

/**
 * An operation with sensitive values masked. A body that is not JSON shows by its size.
 *
 * @param sensitive JSON Pointers within the body to mask besides sensitive names
 * @param edits texts of its edits. What they copied from a masked place stays masked
 */
export function maskedOperation(
  operation: HttpOperation,
  sensitive: readonly string[],
  edits: readonly string[] = [],
): Json {
  const masked = operationRedaction(sensitive, edits).show(operationView(operation), []);
  if (!isJsonObject(masked)) return masked;
  const { body, path } = operation;
  const isUnreadable = unreadableFields(operation).includes('body') && body !== undefined;
  return {
    ...masked,
    ...(isUnreadable ? { body: `(${Buffer.byteLength(body)} bytes)` } : {}),
    path: shownPath(path),
  };
}

/**
 * A fallback's answer with sensitive values masked. A body that is not JSON shows by its size.
 *
 * @param sensitive JSON Pointers within the body to mask besides sensitive names
 */
export function maskedAnswer({ body, headers, ...facts }: FallbackAnswer, sensitive: readonly string[]): Json {
  const redacted = redaction(sensitive.map((pointer) => `/body${pointer}`));
  const parsed = body === undefined ? undefined : readJson(body);
  const size = body === undefined ? undefined : `(${Buffer.byteLength(body)} bytes)`;
  return objectOf([
    ...Object.entries(facts),
    ['headers', objectOf(Object.entries(headers))],
    ['body', parsed === undefined ? size : redacted.show(parsed, ['body'])],
  ]);
}

/** An operation as it is. A body that is not JSON shows as its text. */
export function wholeOperation(operation: HttpOperation): JsonObject {
  const texts = unreadableFields(operation).map((field) => [field, operation[field] ?? null] as const);
  return { ...operationView(operation), ...Object.fromEntries(texts) };
}
