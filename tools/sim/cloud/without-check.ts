import type { Check } from '../../../lambdas/domain/ledger/check.ts';
import type { Transition } from '../../../lambdas/domain/ledger/transition.ts';

/** Names a check without its value, such as `attempts =`. */
export function nameOf(check: Check): string {
  return check.op === 'any' ? check.of.map(nameOf).join(' or ') : `${check.path} ${check.op}`;
}

/** The transition without the checks of one name. */
export function withoutCheck(transition: Transition, name: string | undefined): Transition {
  if (name === undefined) return transition;
  return { ...transition, condition: transition.condition.filter((check) => nameOf(check) !== name) };
}
