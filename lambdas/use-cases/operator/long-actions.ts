import { failureKey } from '../../contract/failure-key.ts';
import { type Action, type AuditRecord, signature } from '../../domain/operator/act.ts';
import { acknowledging } from './acknowledging.ts';
import { RefusedError } from './desk.ts';
import type { DeskPorts, Operations } from './desk-ports.ts';
import { registered } from './registered.ts';

type LongAction =
  | 'begin'
  | 'discard'
  | 'allow-cycle'
  | 'claim-run'
  | 'release-run'
  | 'begin-run'
  | 'renew-run'
  | 'end-run'
  | 'end';

/** Longer than the longest redrive. After that time, the operator begins another action. */
const LONGEST_MS = 7 * 86_400_000;

/**
 * The steps of actions that take several requests. Each write names the action that it belongs to, so that nothing is
 * written without a record. Only the principal who began an action continues and ends it.
 */
export const LONG_ACTIONS: Operations<LongAction> = {
  begin: async (act, principal, { audit, dependencies, incidents }) => {
    if (act.dependency !== undefined) registered(act.dependency, { dependencies });
    const by = signature({ principal, name: act.name });
    return { by, act: await audit.begin(await acknowledging({ ...act, principal }, { incidents })) };
  },

  discard: async ({ act, failure, cycle }, principal, ports) => {
    const { by, why = '' } = await runningAct(act, { action: 'discard', principal, failureId: failure.id }, ports);
    const entry = await ports.ledger.get(failureKey(failure));
    if (entry?.cycle !== cycle) return { discarded: false };
    // A repeated request finds its own write.
    return { discarded: entry.outcome === 'discarded' || (await ports.ledger.discard(entry, { by, why })) };
  },

  'allow-cycle': async ({ act, failure, cycle }, principal, ports) => {
    const { by, why = '' } = await runningAct(act, { action: 'redrive', principal, failureId: failure.id }, ports);
    const entry = await ports.ledger.get(failureKey(failure));
    if (entry?.cycle !== cycle) return {};
    return { cyclesAllowed: await ports.ledger.allowCycle(entry, { by, why }) };
  },

  // A lease moves nothing, so it needs no record. It makes others wait for a minute at most.
  'claim-run': async ({ lane, run, name }, principal, { runs }) => {
    const by = signature({ principal, name });
    await runs.claim({ lane, run, by, principal });
    return { by };
  },

  'release-run': async (lease, principal, { runs }) => {
    await runs.release({ ...lease, principal });
    return {};
  },

  'begin-run': async ({ act, ...run }, principal, ports) => {
    const { by, why = '' } = await runningAct(act, { action: 'redrive', principal }, ports);
    // A machine whose clock is ahead would move what has just died again.
    const startedAt = Math.min(run.startedAt, ports.now() + 1);
    return { run: await ports.runs.begin({ ...run, startedAt, by, why, principal }) };
  },

  'renew-run': async ({ moved, ...lease }, principal, { runs }) => ({
    renewed: await runs.renew({ ...lease, principal }, moved),
  }),

  'end-run': async ({ state, moved, ...lease }, principal, { runs }) => {
    await runs.end({ ...lease, principal }, state, moved);
    return {};
  },

  end: async ({ act, ...how }, principal, ports) => {
    const { action } = await runningAct(act, { principal }, ports);
    // The function itself ends the other actions, since it knows how they ended.
    if (action !== 'redrive' && action !== 'discard') throw new RefusedError(`${action} ends by itself`);
    await ports.audit.end(act, how);
    return {};
  },
};

/** @throws RefusedError unless the principal has begun such an action, and it is not over */
async function runningAct(
  id: string,
  wanted: { readonly action?: Action; readonly principal: string; readonly failureId?: string },
  { audit, now }: Pick<DeskPorts, 'audit' | 'now'>,
): Promise<AuditRecord> {
  const act = await audit.running(id);
  const isTheirs = act?.principal === wanted.principal && (wanted.action ?? act.action) === act.action;
  if (isTheirs && wanted.failureId !== undefined && (act.failureId ?? wanted.failureId) !== wanted.failureId)
    throw new RefusedError(`this action is about ${act.failureId} only`);
  if (!act || !isTheirs || now() - Date.parse(act.at) > LONGEST_MS)
    throw new RefusedError('this action is over, or somebody else began it: run the command again');
  return act;
}
