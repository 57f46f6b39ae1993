import type { TrailStep } from '../../lambdas/contract/ledger-entry.ts';

/** Steps whose stored name is older than the word for them. */
const SHOWN: Partial<Record<TrailStep['step'], string>> = { 'handed-over': 'escalated' };

/** The name of a trail step for operators. JSON output has the stored name. */
export function stepName(step: TrailStep['step']): string {
  return SHOWN[step] ?? step;
}
