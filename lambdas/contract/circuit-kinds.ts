/** The states of a circuit. */
export const CIRCUIT_KINDS = ['closed', 'open', 'half-open', 'recovering', 'forced-open', 'forced-closed'] as const;

export type CircuitKind = (typeof CIRCUIT_KINDS)[number];

/** States in which a circuit lets no call pass but probes. */
export const BLOCKING: ReadonlySet<CircuitKind> = new Set(['open', 'half-open', 'forced-open']);
