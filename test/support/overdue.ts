import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import { overdue } from '../../lambdas/use-cases/recovery/reconciliation.ts';

/** Ids of all overdue entries, as the reconciler finds them. */
export async function findOverdue(ledger: Pick<Ledger, 'due'>): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const id of overdue(ledger)) ids.push(id);
  return ids;
}
