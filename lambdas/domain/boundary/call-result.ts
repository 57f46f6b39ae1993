import type { AwaitedExecution } from '../../contract/ledger-entry.ts';
import type { ReportedError } from '../../contract/verdict.ts';

export type CallResult =
  | {
      readonly kind: 'ok';
      readonly statusCode: number;
      /** Where it was asked for, and could be kept. */
      readonly body?: KeptBody;
      /** Where the body was asked for to be compared. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'failed'; readonly error: ReportedError };

/** Nothing has failed and nothing has succeeded yet: another look is worth it after a while. */
export interface Pending {
  readonly kind: 'pending';
  readonly forMs: number;
  readonly awaited: AwaitedExecution;
}

/** A body as the dependency sent it. */
export interface KeptBody {
  readonly contentType: string;
  readonly text: string;
}
