/**
 * The member of an object under somebody's own name: of a dependency, a tenant, an id. A plain lookup of `constructor`
 * finds what every object inherits.
 */
export function ownMember<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
