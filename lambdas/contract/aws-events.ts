export const EXECUTION_CHANGED = 'Step Functions Execution Status Change';

export const INVOCATION_FAILED = 'Lambda Function Invocation Result - Failure';

/** Statuses of executions that are failures. One that was stopped by hand is not. */
export const FAILED_STATUSES = ['FAILED', 'TIMED_OUT'] as const;
