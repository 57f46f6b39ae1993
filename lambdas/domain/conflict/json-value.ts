/** A JSON value. Where a state or a field may be absent, `undefined` stands for that: JSON has no such value. */
export type Json = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [name: string]: Json;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: Json | undefined): value is JsonArray {
  return Array.isArray(value);
}

/** A member of its own, never one that it inherits: `constructor` may be the name of a field. */
export function memberOf(value: JsonObject | undefined, name: string): Json | undefined {
  return value !== undefined && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Names of all members, each once, in the order in which they come. */
export function namesOf(...values: readonly (JsonObject | undefined)[]): readonly string[] {
  return [...new Set(values.flatMap((value) => Object.keys(value ?? {})))];
}

/** An object of the members that are there. Sets no prototype, whatever the names are. */
export function objectOf(members: readonly (readonly [name: string, value: Json | undefined])[]): JsonObject {
  const present: (readonly [string, Json])[] = [];
  for (const [name, value] of members) if (value !== undefined) present.push([name, value]);
  return Object.fromEntries(present);
}

/** Equal as RFC 6902, 4.6 has it: the order of members means nothing, and numbers are compared by their value. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isJsonArray(a) && isJsonArray(b)) {
    return a.length === b.length && a.every((element, at) => sameJson(element, b[at]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(memberOf(a, name), memberOf(b, name)))
  );
}
