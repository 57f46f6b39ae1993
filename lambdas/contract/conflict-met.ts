/** Log message of a write that lost a race. CloudWatch rules match it, so it must not change. */
export const CONFLICT_MET = 'conflict met';

/** Fields of that log line. */
export interface ConflictMet {
  readonly dependency: string;
  readonly strategy: string;
  /** First 16 hexadecimal digits of the resource's digest. The resource's id may be personal data. */
  readonly resource: string | undefined;
  /** Rounds (fetch, compare, resubmit) begun so far. */
  readonly rounds: number;
}
