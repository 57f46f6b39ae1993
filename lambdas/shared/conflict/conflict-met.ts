/** What a handler logs when a write has lost a race, with `dependency` and `resource`: rules over the logs look for it. */
export const CONFLICT_MET = 'conflict met';

/** What the line says beside its message. */
export interface ConflictMet {
  readonly dependency: string;
  readonly strategy: string;
  /** Digest of the resource, of 16 hexadecimal digits: its id may be somebody's name. */
  readonly resource: string;
}
