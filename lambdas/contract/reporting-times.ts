/** Longest time in which a report gets to the bus or, while the bus takes none, to the queue. In milliseconds. */
export const REPORT_MS = 6_200;

/** Longest time in which a large body gets into the bucket, in milliseconds. */
export const BODY_REPORT_MS = 6_100;

/** Longest time in which a function asks for a circuit, in milliseconds. */
export const CIRCUIT_MS = 1_500;
