import type { JsonText } from '../../lambdas/contract/json-text.ts';

/** The JSON text of a value, as an operation carries its body. */
export function json(value: unknown): JsonText {
  return JSON.stringify(value) as JsonText;
}
