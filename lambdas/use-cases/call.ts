import { InternalError } from '../contract/errors.ts';
import type { HttpOperation } from '../contract/failure.ts';
import type { LedgerEntry } from '../contract/ledger-entry.ts';
import type { DependencySettings } from '../contract/settings.ts';
import type { CallResult, PendingCall } from '../domain/boundary/call-result.ts';

/** Makes a call. It does not throw for what the dependency does. */
export type Call<Result = CallResult> = (
  operation: HttpOperation,
  settings: DependencySettings,
  entry: LedgerEntry,
) => Promise<Result>;

/** For those who can't wait for an execution: nothing that comes to them names one. */
export function atOnce(call: Call<CallResult | PendingCall>): Call {
  return async (...args) => {
    const result = await call(...args);
    if (result.kind === 'pending') throw new InternalError('an execution can not be waited for here');
    return result;
  };
}
