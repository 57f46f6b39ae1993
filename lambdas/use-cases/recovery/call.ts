import type { CallResult, Pending } from '../../domain/boundary/call-result.ts';
import type { HttpOperation } from '../../shared/boundary/failure.ts';
import type { DependencySettings } from '../../shared/boundary/settings.ts';
import { InternalError } from '../../shared/errors.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';

/** Makes a call. It does not throw for what the dependency does. */
export type Call<Result = CallResult> = (
  operation: HttpOperation,
  settings: DependencySettings,
  entry: LedgerEntry,
) => Promise<Result>;

/** For those who can't wait for an execution: nothing that comes to them names one. */
export function atOnce(call: Call<CallResult | Pending>): Call {
  return async (...args) => {
    const result = await call(...args);
    if (result.kind === 'pending') throw new InternalError('an execution can not be waited for here');
    return result;
  };
}
