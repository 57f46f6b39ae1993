import { circuitSubject } from '../../domain/circuit/circuit-key.ts';
import type { CircuitStore } from '../../domain/circuit/circuit-store.ts';
import { drawToken, type RetryBudgetPolicy } from '../../domain/circuit/retry-budget.ts';
import { ContendedError, MAX_ROUNDS } from './apply-event.ts';

/**
 * Takes a token of the budget that all circuits of the dependency share. Answers when the retry may be made, in epoch
 * milliseconds. The budget is an item beside that of the circuit: many who draw at once must not keep anybody from changing the
 * circuit.
 *
 * @throws ContendedError where somebody else has always been faster, or what the store throws
 */
export async function drawRetry(
  key: string,
  policy: RetryBudgetPolicy,
  { store, now }: { readonly store: CircuitStore; readonly now: number },
): Promise<number> {
  const { dependency } = circuitSubject(key);
  const { traffic } = await store.read(dependency, now);
  const budgetKey = `${dependency}#retries`;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await store.read(budgetKey, now);
    const { budget, at } = drawToken(before.budget, { now, traffic }, policy);
    if (await store.replace(budgetKey, before, { circuit: before.circuit, budget }, now)) return at;
  }
  throw new ContendedError('the budget was always drawn from by somebody else');
}
