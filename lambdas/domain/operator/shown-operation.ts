import type { HttpOperation } from '../../contract/failure.ts';
import { redaction } from '../conflict/redact.ts';
import { shownPath } from '../disclosure/shown-path.ts';
import { isJsonObject, type Json, type JsonObject } from '../json/json-value.ts';
import { operationView, unreadableFields } from '../redrive/operation-view.ts';

/**
 * An operation with sensitive values masked. A body that is not JSON shows by its size.
 *
 * @param sensitive JSON Pointers within the body to mask besides sensitive names
 */
export function maskedOperation(operation: HttpOperation, sensitive: readonly string[]): Json {
  const masked = redaction(sensitive.flatMap(within)).show(operationView(operation), []);
  if (!isJsonObject(masked)) return masked;
  const { body, path } = operation;
  const isUnreadable = unreadableFields(operation).includes('body') && body !== undefined;
  return {
    ...masked,
    ...(isUnreadable ? { body: `(${Buffer.byteLength(body)} bytes)` } : {}),
    path: shownPath(path),
  };
}

/** The version that a write was made from has the same fields as its body. */
function within(pointer: string): readonly string[] {
  return [`/body${pointer}`, `/base${pointer}`];
}

/** An operation as it is. A body that is not JSON shows as its text. */
export function wholeOperation(operation: HttpOperation): JsonObject {
  const texts = unreadableFields(operation).map((field) => [field, operation[field] ?? null] as const);
  return { ...operationView(operation), ...Object.fromEntries(texts) };
}
