import type { AwaitedExecution } from '../../contract/ledger-entry.ts';
import type { ReportedError } from '../../contract/verdict.ts';

/** Result of one call to a dependency. */
export type CallResult =
  | {
      readonly kind: 'ok';
      readonly statusCode: number;
      /** Present if the caller requested the body and it could be kept. */
      readonly body?: ResponseBody;
      /** Present if the caller requested the body for a comparison. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'failed';
      readonly error: ReportedError;
      /** Masked excerpt of the answer, if it says more than the error. */
      readonly excerpt?: string;
      /** How far a paginated read got. */
      readonly checkpoint?: string;
    };

/** The call is still running. Check again after `forMs` milliseconds. */
export interface PendingCall {
  readonly kind: 'pending';
  readonly forMs: number;
  readonly awaited: AwaitedExecution;
}

/** Response body as the dependency sent it. */
export interface ResponseBody {
  readonly contentType: string;
  readonly text: string;
}
