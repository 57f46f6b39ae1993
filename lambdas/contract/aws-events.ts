/** Detail type of Step Functions' status events. */
export const EXECUTION_CHANGED = 'Step Functions Execution Status Change';

/** Detail type of Lambda's on-failure destination. */
export const INVOCATION_FAILED = 'Lambda Function Invocation Result - Failure';

/** Execution statuses that count as failures. `ABORTED` does not: somebody stopped the execution on purpose. */
export const FAILED_STATUSES = ['FAILED', 'TIMED_OUT'] as const;
