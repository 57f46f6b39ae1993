import type { OperatorAction } from '../../contract/operator-actions.ts';
import type { Incident } from './incident.ts';

/** Actions that send dead letters through their lane again, and so may turn out not to have helped. */
export const SENDS_AGAIN: ReadonlySet<string> = new Set<OperatorAction>(['redrive', 'edit']);

/**
 * Whether dead letters of the incident died again since the operator acted. Events of the two may arrive in any order.
 */
export function isKnownNotToHelp(incident: Incident, { at, action }: { at: string; action: string }): boolean {
  const { diedAgainAt } = incident;
  return SENDS_AGAIN.has(action) && diedAgainAt !== undefined && Date.parse(diedAgainAt) > Date.parse(at);
}
