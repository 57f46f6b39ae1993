/** The variable with the pipeline's name: the dimension `service` of its metrics, and `service` of its log lines. */
export const SERVICE_VARIABLE = 'BACKSTOP_SERVICE';

export type MetricName =
  /** Failures that reached an outcome. */
  | 'FailureSettled'
  /** Failures escalated to the Recovery machine. */
  | 'FailureHandedOver'
  /** Messages returned to their lane, because the circuit is open or an execution is still running. */
  | 'FailureHeld'
  /** Repeated deliveries of a known failure. */
  | 'FailureDuplicated'
  /** Messages taken from your own dead-letter queues into a lane. */
  | 'FailureAdopted'
  /** Events that failed validation. */
  | 'FailureRejected'
  /** Dead letters parked after their last cycle. */
  | 'FailureParked'
  /** Messages and invocations that failed because of a fault in Backstop. */
  | 'HandlerFailed'
  /** Ledger entries that the reconciler finished. */
  | 'FailureReconciled'
  /** Writes that lost a race, by dependency and strategy. Counts every lost round. */
  | 'ConflictMet'
  /** Settled conflicts, by dependency, strategy and winner. */
  | 'ConflictResolved'
  /** Questions that wait for a human, by dependency, strategy and reason. */
  | 'DecisionAsked'
  /** Undone steps, by dependency. */
  | 'StepUndone'
  /** Steps that could not be undone, by dependency. */
  | 'UndoFailed'
  /** Sagas resumed in another execution, by direction. */
  | 'SagaRescued'
  /** State changes of circuits. */
  | 'CircuitChanged'
  /** Failed requests to the circuits table. The affected calls passed without a check, or were not counted. */
  | 'CircuitStoreUnreachable'
  /** Alerts that a channel did not accept. Backstop retries them. */
  | 'AlertFailed'
  /** Duration of calls in milliseconds, by dependency. */
  | 'CallDuration'
  /** Open circuits, by dependency. Reported when a circuit opens, and by each run of the reconciler. */
  | 'CircuitsOpen'
  /** Memory use of a function in percent, from 50 % on. */
  | 'MemoryUsed';
