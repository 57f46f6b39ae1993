/** Detail type of the events that report a failure. */
export const OPERATION_FAILED = 'Operation Failed';

/** Source of every event that Backstop publishes. */
export const EVENT_SOURCE = 'backstop';

/** Source of the events that operators send. */
export const OPERATOR_SOURCE = 'backstop.operator';

/** Detail type of the changes of circuits. */
export const CIRCUIT_CHANGED = 'Circuit State Changed';

/** Detail type of the actions of operators. */
export const OPERATOR_ACTED = 'Operator Acted';

/** Reason of an event that no lane takes. */
export const UNROUTABLE = {
  code: 'unknown-dependency',
  message: 'detail.dependency names no registered dependency',
} as const;
