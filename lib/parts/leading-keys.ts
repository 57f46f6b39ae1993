import { ANSWER_PREFIX, KEY_SEPARATOR } from '../../lambdas/contract/item-keys.ts';
import type { CircuitSettings } from '../../lambdas/contract/settings.ts';

/**
 * Patterns of the keys of one dependency's items, for policies. Names of dependencies contain no wildcard, and the
 * separator ends a name, so that no other dependency matches.
 */

/** Failures in the ledger. */
export function failureKeys(dependency: string): readonly string[] {
  return [`${dependency}${KEY_SEPARATOR}*`];
}

/** Last good answers in the ledger. */
export function answerKeys(dependency: string): readonly string[] {
  return [`${ANSWER_PREFIX}${dependency}${KEY_SEPARATOR}*`];
}

/** Calls of the dependency's failures in the effects table. */
export function effectKeys(dependency: string): readonly string[] {
  return failureKeys(dependency);
}

/** Circuits of the dependency. */
export function circuitKeys(dependency: string, { perTenant }: Pick<CircuitSettings, 'perTenant'>): readonly string[] {
  return perTenant ? [dependency, `${dependency}${KEY_SEPARATOR}*`] : [dependency];
}
