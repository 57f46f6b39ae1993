export type MetricName =
  /** Failures that reached their outcome. */
  | 'FailureSettled'
  /** Failures passed on to the Recovery machine. */
  | 'FailureHandedOver'
  /** Messages sent back to their lane, because the circuit is open or an execution goes on. */
  | 'FailureHeld'
  /** Deliveries of a failure that is known already. */
  | 'FailureDuplicated'
  /** Messages of other dead-letter queues that were taken into a lane. */
  | 'FailureAdopted'
  /** Events that could not be accepted. */
  | 'FailureRejected'
  /** Letters put aside, because their failures have used up their cycles. */
  | 'FailureParked'
  /** Messages and invocations that ended in a fault of our own. */
  | 'HandlerFailed'
  /** Entries that the reconciler had to finish. */
  | 'FailureReconciled'
  /** Writes that have lost a race, by dependency and strategy; each round that is lost counts. */
  | 'ConflictMet'
  /** Conflicts that were settled, by dependency, strategy and winner. */
  | 'ConflictResolved'
  /** Questions that wait for a human, by dependency, strategy and what they are about. */
  | 'DecisionAsked'
  /** Steps that were undone, by dependency. */
  | 'StepUndone'
  /** Steps that could not be undone, by dependency. */
  | 'UndoFailed'
  /** Sagas that went on in another execution, by direction. */
  | 'SagaRescued'
  /** Changes of the kind of a circuit. */
  | 'CircuitChanged'
  /** Requests to the table of circuits that failed, so that calls passed unasked or went uncounted. */
  | 'CircuitStoreUnreachable'
  /** Alerts that some channel did not take; they are tried again. */
  | 'AlertFailed'
  /** Milliseconds that calls took, by dependency. */
  | 'CallDuration'
  /** Circuits that are open, by dependency: as they open, and as the reconciler finds them. */
  | 'CircuitsOpen'
  /** Percent of a function's memory, from half of it on. */
  | 'MemoryUsed';
