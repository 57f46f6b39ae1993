import type { PatchObserver, Reading } from '../conflict/json-patch.ts';
import { type Path, pointerOf } from '../conflict/json-pointer.ts';
import type { Redaction } from '../conflict/redact.ts';
import { isJsonObject, type Json, type JsonObject, memberOf, objectOf } from '../json/json-value.ts';
import { EditError } from './edit-error.ts';
import { hasMasked } from './operation-redaction.ts';

/**
 * Watches a patch of an operation whose masked values have stand-ins. It refuses to test a masked value, or to carry it
 * where rules would tell about it.
 *
 * `places`: JSON Pointers to what the patch copies or moves from a masked place.
 */
export function watchMasked(hidden: Redaction): { readonly watch: PatchObserver; readonly places: readonly string[] } {
  const places: string[] = [];
  const reads = (step: Reading, value: Json | undefined): void => {
    if (!hasMasked(value, hidden)) return;
    const place = hidden.pointer('from' in step ? step.from : step.path);
    if (step.op === 'test') throw new EditError(`can't test ${place}, which has masked values: leave the test out`);
    if (!staysWithin(step.from, step.path)) {
      throw new EditError(`can't ${step.op} ${place} to another part of the operation, because it has masked values`);
    }
    places.push(placeOf(step.path));
  };
  return { watch: { allows: () => true, tested: () => undefined, reads }, places };
}

/** A body may have any value. In other parts, the rules for operations tell about a value. */
function staysWithin(from: Path, to: Path): boolean {
  const isBody = ([part]: Path) => part === 'body' || part === 'base';
  return from[0] !== undefined && (from[0] === to[0] || (isBody(from) && isBody(to)));
}

/** Elements of an array move when others come and go, so the place of one is the array. */
function placeOf(path: Path): string {
  const element = path.findIndex((token) => /^(?:-|\d+)$/.test(token));
  return pointerOf(element === -1 ? path : path.slice(0, element));
}

/** A view in the form of a validated one: with its fields only, and names of headers in lower case. */
export function inForm(view: Json, valid: JsonObject): Json {
  if (!isJsonObject(view)) return view;
  const fields = Object.keys(valid).map((name) => [name, memberOf(view, name)] as const);
  return objectOf(fields.map(([name, value]) => [name, name === 'headers' ? inLowerCase(value) : value]));
}

function inLowerCase(headers: Json | undefined): Json | undefined {
  if (!isJsonObject(headers)) return headers;
  return objectOf(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
}
