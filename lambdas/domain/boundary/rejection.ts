/** Machine-readable reason of a rejection. */
export type RejectionCode =
  | 'malformed-json'
  | 'not-an-object'
  | 'too-deep'
  | 'too-large'
  | 'invalid-field'
  | 'unknown-version'
  | 'wrong-dependency'
  | 'unsafe-path'
  | 'unsafe-header'
  | 'not-accepted'
  | 'too-old'
  | 'id-reused'
  | 'id-settled'
  | 'incomplete'
  | 'unknown-failure';

/** Why validation rejected an event. Holds no values of the event, because they may be secrets or personal data. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly message: string;
  /** Field of the failure's detail, for example `undo.0.operation.path`. */
  readonly path?: string;
}

/** The rejection of a field. */
export function fieldRejection(path: string, problem: string, code: RejectionCode = 'invalid-field'): Rejection {
  return { code, message: `${path} ${problem}`, path };
}
