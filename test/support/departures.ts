import type { Departure } from '../../lambdas/use-cases/departure.ts';

/** Lets every request leave. */
export const ALWAYS: Departure = () => undefined;
