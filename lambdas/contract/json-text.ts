declare const isJson: unique symbol;

/**
 * Valid JSON text without white space around it, as it came in. Parsing and writing it again would round numbers and
 * drop repeated members, so an operation carries the text.
 */
export type JsonText = string & { readonly [isJson]: true };

/** The JSON text of a value. */
export function toJsonText(value: string | number | boolean | null | object): JsonText {
  return JSON.stringify(value) as JsonText;
}

/**
 * Takes text for JSON.
 *
 * @throws SyntaxError if it is not
 */
export function parseJsonText(text: string): JsonText {
  JSON.parse(text);
  return text.trim() as JsonText;
}

/** Whether the text holds a JSON string. */
export function isStringJson(text: JsonText): boolean {
  return text.startsWith('"');
}
