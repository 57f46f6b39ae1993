import { circuitSubject } from '../../domain/circuit/circuit-key.ts';
import type { CircuitStore } from '../../domain/circuit/circuit-store.ts';
import { drawToken, type RetryBudgetPolicy } from '../../domain/circuit/retry-budget.ts';
import { ContendedError, MAX_WRITE_ROUNDS } from './apply-event.ts';

/**
 * Draws a token from the retry budget that all circuits of the dependency share. The budget has an item of its own, so
 * that many concurrent draws do not contend with changes of the circuit.
 *
 * @returns when the retry may run, in epoch milliseconds
 * @throws ContendedError if other writers won every round; otherwise what the store throws
 */
export async function drawRetry(
  key: string,
  policy: RetryBudgetPolicy,
  { store, now }: { readonly store: CircuitStore; readonly now: number },
): Promise<number> {
  const { dependency } = circuitSubject(key);
  const { traffic } = await store.read(dependency, now);
  const budgetKey = `${dependency}#retries`;
  for (let round = 0; round < MAX_WRITE_ROUNDS; round++) {
    const before = await store.read(budgetKey, now);
    const { budget, at } = drawToken(before.budget, { now, traffic }, policy);
    if (await store.replace(budgetKey, before, { circuit: before.circuit, budget }, now)) return at;
  }
  throw new ContendedError('every write of the retry budget lost to another writer');
}
