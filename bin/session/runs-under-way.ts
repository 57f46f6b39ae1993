import { auditRecords } from '../../lambdas/adapters/operator/audit-log.ts';
import { type RedriveHolding, redriveHolding } from '../../lambdas/adapters/redrive/redrive-runs.ts';
import { errorName } from '../../lambdas/contract/errors.ts';
import { iso } from '../../lambdas/contract/time.ts';
import type { AuditRecord } from '../../lambdas/domain/operator/act.ts';
import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import { atWork, mayMeet, type RunUnderWay } from './run-meeting.ts';
import type { Session } from './session.ts';

/** A discard without an end in the audit log is over after that time: its tool has died. */
const LONGEST_DISCARD_MS = 3_600_000;
const MOST_ACTS = 1_000;
/** Name of the run that lets parked dead letters have one more cycle. */
const PARKED = 'parked';

/**
 * Redrives and discards of all operators that are under way, latest first. The lease of a queue tells of a redrive, and
 * how far it is. Of a discard, only the audit log tells.
 */
export async function runsUnderWay(session: Session): Promise<readonly RunUnderWay[]> {
  const { clients, deployment, now } = session;
  const ledger = { client: clients.dynamodb, table: deployment.ledgerTable, now };
  const audit = { client: clients.dynamodb, table: deployment.auditTable };
  const known = [...deployment.lanes.map(({ name }) => name), PARKED];
  const held = await holdingsOf(known, ledger);
  const began = [...held.values()].flatMap(({ run }) => run?.startedAt ?? []);
  const since = Math.min(now() - LONGEST_DISCARD_MS, ...began);
  const acts = (await auditRecords(audit, { since, limit: MOST_ACTS })).filter(({ end }) => end === undefined);
  // The queues that are no lanes have names that only their records know.
  const others = acts.filter(({ action }) => action === 'redrive').map(queueOf);
  const all = new Map([
    ...held,
    ...(await holdingsOf(
      [...new Set(others)].filter((name) => !known.includes(name)),
      ledger,
    )),
  ]);
  const redrives = [...all].map(([queue, holding]) => redriveOf(queue, holding, acts));
  const discards = acts.filter(({ action, at }) => action === 'discard' && Date.parse(at) > now() - LONGEST_DISCARD_MS);
  return [...redrives, ...discards.map(discardOf)].toSorted((a, b) => ((a.at ?? '~') < (b.at ?? '~') ? 1 : -1));
}

/**
 * Warnings of the runs that may be about the same dead letters. They are advice: the ledger lets only one of them have
 * each dead letter. So an operator who may not read the audit log still acts.
 *
 * @param isOwn whether a run is this operator's, which does not meet itself
 */
export async function meetingLines(
  session: Session,
  chosen: DeadLetterFilter,
  isOwn: (run: RunUnderWay) => boolean,
): Promise<readonly string[]> {
  try {
    const met = (await runsUnderWay(session)).filter((run) => !isOwn(run) && mayMeet(run, chosen));
    return met.map((run) => `WARNING: ${atWork(run, session.now())}. Some of these dead letters may be among them.`);
  } catch (error) {
    return [`Could not look for redrives and discards of others: ${errorName(error)}.`];
  }
}

async function holdingsOf(
  queues: readonly string[],
  ledger: Parameters<typeof redriveHolding>[0],
): Promise<ReadonlyMap<string, RedriveHolding>> {
  const found = await Promise.all(queues.map(async (queue) => [queue, await redriveHolding(ledger, queue)] as const));
  return new Map(found.flatMap(([queue, holding]) => (holding === undefined ? [] : [[queue, holding] as const])));
}

function redriveOf(queue: string, { by, run }: RedriveHolding, acts: readonly AuditRecord[]): RunUnderWay {
  if (run === undefined) return { what: 'redrive', of: queue, by };
  // The latest: an earlier one without an end was interrupted by the end of its tool.
  const act = acts.find((each) => each.action === 'redrive' && queueOf(each) === queue && each.by === run.by);
  const letters = act?.facts?.letters;
  return {
    id: act?.id,
    what: 'redrive',
    of: queue,
    by: run.by,
    why: run.why,
    at: act?.at ?? iso(run.startedAt),
    letters: typeof letters === 'number' ? letters : undefined,
    moved: run.moved,
    filter: run.filter,
  };
}

function discardOf({ id, by, why, at, dependency, facts }: AuditRecord): RunUnderWay {
  const { letters, filter } = facts ?? {};
  return {
    id,
    what: 'discard',
    of: dependency,
    by,
    why,
    at,
    letters: typeof letters === 'number' ? letters : undefined,
    filter: filterIn(filter),
  };
}

function queueOf({ facts, dependency = '' }: AuditRecord): string {
  return String(facts?.queue ?? dependency);
}

/** The filter of a record. It may be cut. */
function filterIn(text: string | number | undefined): DeadLetterFilter | undefined {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
