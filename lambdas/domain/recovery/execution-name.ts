import { hash } from 'node:crypto';
import { type FailureName, failureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';

/** Most characters for the failure, of the 80 that Step Functions allows. The rest is for cycle and rescue. */
const MAX_FAILURE = 68;
const DIGEST_DIGITS = 20;

/**
 * Names an execution after its failure: `order-1@payments`, with a tenant `order-1@acme@payments`. Step Functions
 * reserves a name for 90 days, so later cycles and rescues append their number after a `+`.
 */
export function executionName(entry: FailureName & Pick<LedgerEntry, 'cycle'>, rescue = 0): string {
  const { cycle } = entry;
  return `${nameOf(entry)}${cycle > 1 ? `+c${cycle}` : ''}${rescue > 0 ? `+r${rescue}` : ''}`;
}

/** No id, tenant or dependency contains `@` or `+`, so two failures never share a name. */
function nameOf({ id, tenant, dependency }: FailureName): string {
  const parts = tenant === undefined ? [id, dependency] : [id, tenant, dependency];
  const whole = parts.join('@');
  if (whole.length <= MAX_FAILURE) return whole;
  const digest = hash('sha256', failureKey({ id, tenant, dependency }), 'hex');
  return `${id.slice(0, MAX_FAILURE - DIGEST_DIGITS - 1)}+${digest.slice(0, DIGEST_DIGITS)}`;
}
