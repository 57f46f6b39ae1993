import type { FailureKey } from '../../lambdas/contract/failure-key.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import { overdue } from '../../lambdas/use-cases/recovery/reconciliation.ts';

/** Keys of all overdue entries, as the reconciler finds them. */
export async function findOverdue(ledger: Pick<Ledger, 'due'>): Promise<readonly FailureKey[]> {
  const keys: FailureKey[] = [];
  for await (const key of overdue(ledger)) keys.push(key);
  return keys;
}
