/** What a circuit is for. */
export interface CircuitSubject {
  readonly dependency: string;
  readonly tenant?: string;
}

/** Names of dependencies have no slash, so that the first one ends them. */
export function circuitKey({ dependency, tenant }: CircuitSubject): string {
  return tenant === undefined ? dependency : `${dependency}/${tenant}`;
}

export function circuitSubject(key: string): CircuitSubject {
  const slash = key.indexOf('/');
  return slash < 0 ? { dependency: key } : { dependency: key.slice(0, slash), tenant: key.slice(slash + 1) };
}
