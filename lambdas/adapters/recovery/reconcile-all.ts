import { errorFacts } from '../../contract/error-facts.ts';
import { type FailureKey, failureName } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { type ReconcilePorts, type Repair, reconcile } from '../../use-cases/recovery/reconciliation.ts';
import { count, identify, logger } from '../telemetry.ts';

/** Repairs that need no log line. `woken` is routine: a second wake-up of an execution is normal and harmless. */
const ROUTINE_REPAIRS: ReadonlySet<Repair> = new Set(['none', 'still-running', 'woken']);

/**
 * Reconciles entries, each on its own.
 *
 * @param cycle if given, ignores entries that are in another cycle
 * @throws Error if some entries could not be reconciled
 */
export async function reconcileAll(
  keys: Iterable<FailureKey> | AsyncIterable<FailureKey>,
  ports: ReconcilePorts,
  cycle: number | undefined,
): Promise<void> {
  let all = 0;
  let unfinished = 0;
  for await (const key of keys) {
    all++;
    if (!(await finish(key, ports, cycle))) unfinished++;
  }
  if (unfinished > 0) throw new Error(`failed to reconcile ${unfinished} of ${all} entries`);
}

/** False if that failed; the entry is postponed then, so that it does not block the others. */
async function finish(key: FailureKey, ports: ReconcilePorts, cycle: number | undefined): Promise<boolean> {
  identify({ failureId: failureName(key)?.id ?? key });
  let entry: LedgerEntry | undefined;
  try {
    entry = await ports.ledger.get(key);
    if (!entry || (cycle !== undefined && cycle !== entry.cycle)) return true;
    identify({ correlationId: entry.correlationId, failureId: entry.id });
    const repair = await reconcile(entry, ports, key);
    if (!ROUTINE_REPAIRS.has(repair)) {
      logger.warn('reconciled', { repair });
      count('FailureReconciled', { repair });
    }
    return true;
  } catch (error) {
    logger.error('reconciliation failed', errorFacts(error));
    if (entry) await ports.ledger.postpone(entry, key).catch(() => undefined);
    return false;
  }
}
