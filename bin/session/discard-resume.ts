import * as v from 'valibot';
import { auditRecords } from '../../lambdas/adapters/operator/audit-log.ts';
import { DAY_MS } from '../../lambdas/contract/time.ts';
import type { ActFacts, AuditRecord } from '../../lambdas/domain/operator/act.ts';
import { letterFilter } from '../../lambdas/domain/operator/operator-call.ts';
import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import { NotFoundError } from './errors.ts';
import type { Session } from './session.ts';

/** A discard that did less than its plan, as the audit log has it. */
export interface UnfinishedDiscard extends Pick<AuditRecord, 'id' | 'by'> {
  readonly why: string;
  readonly filter: DeadLetterFilter;
  readonly isParked: boolean;
  /** Epoch milliseconds. Later dead letters stay. */
  readonly startedAt: number;
  /** Failures that it and those that it resumed have discarded. */
  readonly discarded: number;
}

/** What the operator says about the discard to resume. */
interface Wanted {
  /** Id of its record. @default - the latest */
  readonly id?: string | undefined;
  readonly dependency?: string | undefined;
}

/** As long as the dead letters of a plan may wait. */
const REMEMBERED_MS = 14 * DAY_MS;
const MOST_RECORDS = 1_000;
const Filter = v.pipe(v.string(), v.parseJson(), letterFilter);

/**
 * The latest discard that nobody has finished, or the one that the operator names.
 *
 * @throws NotFoundError if there is none
 */
export async function unfinishedDiscard(
  { clients, deployment, now }: Pick<Session, 'clients' | 'deployment' | 'now'>,
  { id, dependency }: Wanted,
): Promise<UnfinishedDiscard> {
  const table = { client: clients.dynamodb, table: deployment.auditTable };
  const records = await auditRecords(table, { since: now() - REMEMBERED_MS, limit: MOST_RECORDS });
  const found = unfinishedAmong(records).find(
    (each) => (id ?? each.id) === each.id && (dependency ?? each.dependency) === each.dependency,
  );
  const filter = v.safeParse(Filter, found?.facts?.filter);
  if (found === undefined || !filter.success) throw new NotFoundError(`${words(id, dependency)}: nothing to resume.`);
  const { by, why = '', at, facts = {}, end } = found;
  return {
    id: found.id,
    by,
    why,
    filter: filter.output,
    isParked: facts.queue === 'parked',
    startedAt: Number(facts.startedAt ?? Date.parse(at)),
    discarded: discardedBefore(facts) + discardedBefore(end?.facts ?? {}),
  };
}

/** Discards that have begun, are not done, and that nobody has resumed or repeated since. Latest first. */
function unfinishedAmong(latestFirst: readonly AuditRecord[]): readonly AuditRecord[] {
  const over = new Set<string>();
  return latestFirst.filter(({ action, id, facts = {}, end }) => {
    if (action !== 'discard') return false;
    const plan = `${facts.queue ?? ''} ${facts.filter}`;
    const isOver = end?.result === 'done' || end?.result === 'refused' || over.has(id) || over.has(plan);
    if (end?.result !== 'refused') {
      over.add(plan);
      if (facts.resumed !== undefined) over.add(String(facts.resumed));
    }
    return !isOver;
  });
}

function discardedBefore({ discarded = 0 }: ActFacts): number {
  return Number(discarded);
}

function words(id: string | undefined, dependency: string | undefined): string {
  if (id !== undefined) return `No discard '${id}' was interrupted`;
  return `No discard${dependency === undefined ? '' : ` of ${dependency}`} was interrupted`;
}
