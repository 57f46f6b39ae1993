import { InternalError } from '../contract/errors.ts';
import type { HttpOperation } from '../contract/failure.ts';
import type { LedgerEntry } from '../contract/ledger-entry.ts';
import type { DependencySettings } from '../contract/settings.ts';
import type { CallResult, PendingCall } from '../domain/boundary/call-result.ts';
import type { CallSubject } from '../domain/ledger/effect-key.ts';

/** Calls a dependency. Whatever the dependency answers is a result, not an exception. */
export type Call<Result = CallResult> = (
  operation: HttpOperation,
  settings: DependencySettings,
  entry: CalledFor,
) => Promise<Result>;

/** The failure for which a call is made. */
export type CalledFor = LedgerEntry & Pick<CallSubject, 'undoStep'>;

/**
 * Narrows a call for callers that cannot wait for an execution. Their operations never start one.
 *
 * @throws InternalError if the call returns `pending`
 */
export function refusePending(call: Call<CallResult | PendingCall>): Call {
  return async (...args) => {
    const result = await call(...args);
    if (result.kind === 'pending') throw new InternalError('waiting for an execution is not possible here');
    return result;
  };
}
