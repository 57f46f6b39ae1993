import { canonicalNumber, ExactNumber } from './exact-number.ts';

/** A JSON value. Undefined stands for an absent state or field. */
export type Json = null | boolean | number | ExactNumber | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [name: string]: Json;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

export function isJsonNumber(value: Json | undefined): value is number | ExactNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}

export function isJsonArray(value: Json | undefined): value is JsonArray {
  return Array.isArray(value);
}

/** Reads own members only: `constructor` may be a field name. */
export function memberOf(value: JsonObject | undefined, name: string): Json | undefined {
  return value !== undefined && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Names of all members, without duplicates, in order of appearance. */
export function namesOf(...values: readonly (JsonObject | undefined)[]): readonly string[] {
  return [...new Set(values.flatMap((value) => Object.keys(value ?? {})))];
}

/** Builds an object from the members that are present. Never sets a prototype, whatever their names. */
export function objectOf(members: readonly (readonly [name: string, value: Json | undefined])[]): JsonObject {
  const present: (readonly [string, Json])[] = [];
  for (const [name, value] of members) if (value !== undefined) present.push([name, value]);
  return Object.fromEntries(present);
}

/** Equality as in RFC 6902, section 4.6: ignores the order of members, and compares numbers by value. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isJsonNumber(a) && isJsonNumber(b)) return canonicalNumber(a) === canonicalNumber(b);
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
