/** What is logged when a write has lost a race: rules over the logs look for lines with this message. */
export const CONFLICT_MET = 'conflict met';

/** What such a line says beside. */
export interface ConflictMet {
  readonly dependency: string;
  readonly strategy: string;
  /** Digest of the resource, of 16 hexadecimal digits: its id may be somebody's name. */
  readonly resource: string | undefined;
  /** Rounds of fetch, compare, resubmit begun so far. */
  readonly rounds: number;
}
