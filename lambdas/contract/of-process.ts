/**
 * One value for all copies of this package in a process. A function may load both the ES module and the CommonJS one,
 * or have the package in two bundles.
 *
 * @param name with a number that changes when the type of the value does: copies may have different versions
 */
export function ofProcess<T>(name: string, make: () => T): T {
  const key = Symbol.for(`@backstop-cdk/backstop/${name}`);
  const there: T | undefined = Reflect.get(globalThis, key);
  if (there !== undefined) return there;
  const made = make();
  Object.defineProperty(globalThis, key, { value: made });
  return made;
}
