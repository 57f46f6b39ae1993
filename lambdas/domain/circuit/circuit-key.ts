/** The dependency, and optionally the tenant, that a circuit protects. */
export interface CircuitSubject {
  readonly dependency: string;
  readonly tenant?: string;
}

/** Joins dependency and tenant with a slash. Dependency names contain none, so the first slash separates them. */
export function circuitKey({ dependency, tenant }: CircuitSubject): string {
  return tenant === undefined ? dependency : `${dependency}/${tenant}`;
}

/** Reverses {@link circuitKey}. */
export function circuitSubject(key: string): CircuitSubject {
  const slash = key.indexOf('/');
  return slash < 0 ? { dependency: key } : { dependency: key.slice(0, slash), tenant: key.slice(slash + 1) };
}
