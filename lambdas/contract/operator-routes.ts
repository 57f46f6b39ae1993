/** Routes of the operator function's API. A policy of AWS allows each by itself. */
export const OPERATOR_ROUTES = {
  /** All writes. */
  act: 'POST /',
  /** Reads of an operation with sensitive values masked. */
  view: 'POST /view',
  /** Reads of an operation as it is. Each is recorded. */
  reveal: 'POST /reveal',
} as const;

export type OperatorRoute = keyof typeof OPERATOR_ROUTES;
