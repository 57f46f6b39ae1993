import { isStringJson, type JsonText } from '../../contract/json-text.ts';

/** A body on the wire: a JSON string goes out as its content, anything else as its JSON text. */
export function wireText(body: JsonText): string {
  return isStringJson(body) ? JSON.parse(body) : body;
}
